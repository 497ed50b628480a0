// SPDX-License-Identifier: MIT
#include "preload/explore/suite.h"

#include "preload/base/limits.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/hold.h"
#include "preload/explore/kinds.h"
#include "preload/explore/owner.h"
#include "preload/explore/parting.h"
#include "preload/explore/reach.h"
#include "preload/stack/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

/** So many children that say nothing, one after the other, and only one in as many stacks is
 * still tried. */
#define UNSOUND_MAX 16

/** A stack whose innermost frames were tried with others is held at only if the suite has more
 * than this part of its time left. */
#define SPARE_PART 32

/** What the time that a process may be held is divided into. */
#define HOLD_PARTS 16

/** Where this process is held, and for how long it was in all; both are for the process of
 * this number. */
static struct {
    int32_t pid;
    uint64_t held_ns;
    /** How often, one after the other, that said nothing; and how often it was given up since
     * for that. */
    uint64_t unsound_row, given_up;
    /** Why the last one said nothing, an enum mf_point_state. */
    uint32_t unsound_why;
    /** One more than the number of this process's command, which its children share; 0 = the
     * runner has not been asked. */
    uint32_t command;
    /** Since when it is held, 0 = it is not; and until when that may be. */
    uint64_t since_ns, until_ns;
    struct mf_suite_desk *desk;
    struct mf_memory memory;
    /** The process whose thread is at a desk, while others go on; 0 = none is. */
    _Atomic int32_t busy;
} held;

void mf_suite_map(const struct mf_memory *memory) {
    struct mf_exploration *ours = &mf_exploration;
    uint64_t at = mf.head->explore.suite_offset;
    uint64_t size =
        sizeof(*ours->suite) + ours->stacks_room * sizeof(*ours->suite_stacks);
    bool fits = at && at < memory->size && size <= memory->size - at;
    bool whole = fits && ours->stacks_room && ours->frames_room;
    ours->suite = whole ? mf_memory_map(memory, at, size) : NULL;
    ours->suite_stacks = ours->suite ? (struct mf_suite_stack *)(ours->suite + 1) : NULL;
    if (fits && !ours->suite) {
        ours->suite = mf_memory_map(memory, at, offsetof(struct mf_suite, tried));
    }
}

/** How long this process may be held in all. */
static uint64_t hold_most(const struct mf_suite *suite) {
    uint64_t by_age = mf_suite_age() * suite->hold_times;
    return by_age > suite->hold_ns ? by_age : suite->hold_ns;
}

uint64_t mf_suite_hold_left(void) {
    const struct mf_suite *suite = mf_exploration.suite;
    if (!suite) {
        return UINT64_MAX;
    }
    uint64_t most = hold_most(suite);
    uint64_t now = mf_now();
    uint64_t spent = held.held_ns + (held.since_ns ? now - held.since_ns : 0);
    uint64_t left = most > spent ? most - spent : 0;
    uint64_t until = held.until_ns > now ? held.until_ns - now : 0;
    return left < until ? left : until;
}

enum mf_point_state mf_suite_hurry(void) {
    return held.until_ns <= mf_now() ? MF_POINT_LIMITED : MF_POINT_HURRIED;
}

uint64_t mf_suite_age(void) {
    uint64_t now = held.since_ns ? held.since_ns : mf_now();
    uint64_t age = now - mf.process->attached_ns;
    return age > held.held_ns ? age - held.held_ns : 0;
}

/** Whether few more of this process's stacks are worth their time: what it has open or shares, or
 * may not do, has ended many children in a row. */
static bool is_given_up(void) {
    if (held.pid != mf.pid) {
        held.pid = mf.pid;
        held.held_ns = held.unsound_row = held.given_up = 0;
        held.until_ns = UINT64_MAX;
    }
    return held.unsound_row >= UNSOUND_MAX && ++held.given_up % UNSOUND_MAX != 0;
}

/** Whether this process has been held for as long as may be for a stack: the less of that is
 * new to the suite, the more time is kept for others. */
static bool is_hurried(const struct mf_suite *suite, enum mf_novel novel) {
    static const uint32_t parts[] = {
        [MF_NOVEL_SITE] = HOLD_PARTS,
        [MF_NOVEL_PATH] = HOLD_PARTS - 1,
        [MF_NOVEL_LONG_PATH] = HOLD_PARTS - 2,
        [MF_NOVEL_NOTHING] = HOLD_PARTS - 3,
    };
    return held.held_ns >= hold_most(suite) / HOLD_PARTS * parts[novel] ||
           mf_suite_hold_left() == 0;
}

/** Whether the suite has used up its time for a stack: the less of that is new, the more is kept
 * for others. */
static bool is_spent(const struct mf_suite *suite, enum mf_novel novel) {
    static const uint64_t parts[] = {
        [MF_NOVEL_SITE] = 0,
        [MF_NOVEL_PATH] = 1,
        [MF_NOVEL_LONG_PATH] = 2,
        [MF_NOVEL_NOTHING] = 4,
    };
    uint64_t now = mf_now();
    uint64_t kept = (now - suite->begun_ns) / SPARE_PART * parts[novel];
    return mf_suite_spare(suite, now) <= (int64_t)kept;
}

bool mf_suite_is_tight(void) {
    const struct mf_suite *suite = mf_exploration.suite;
    return suite && is_spent(suite, MF_NOVEL_NOTHING);
}

/** Whether this process will not be held any more: it has a time limit. */
static bool is_over(void) {
    return held.pid == mf.pid && held.until_ns != UINT64_MAX && held.until_ns <= mf_now();
}

/** Take a free desk; NULL = there is none. */
static struct mf_suite_desk *take_desk(struct mf_suite *suite) {
    for (uint32_t i = 0; i < suite->desk_count && i < MF_SUITE_DESKS_MAX; i++) {
        int32_t nobody = 0;
        if (atomic_compare_exchange_strong(&suite->desks[i].holder, &nobody, mf.pid)) {
            return &suite->desks[i];
        }
    }
    return NULL;
}

/** Write a number in ten digits. */
static void put_number(char *name, uint64_t number) {
    for (int i = 9; i >= 0; i--) {
        name[i] = (char)('0' + number % 10);
        number /= 10;
    }
}

/** Map the points of a desk, and its head; whether that could be. */
static bool open_desk(const struct mf_suite_desk *desk, uint64_t number) {
    struct mf_exploration *ours = &mf_exploration;
    char name[] = "0000000000/0000000000";
    int32_t runner;
    put_number(name, (uint64_t)ours->runner);
    put_number(name + 11, (uint64_t)desk->channel);
    ours->desk = NULL;
    ours->points = NULL;
    if (mf_memory_open(&held.memory, name, &runner)) {
        return false;
    }
    ours->desk = mf_memory_map(&held.memory, 0, MF_CHANNEL_SLOTS);
    ours->points = mf_memory_map(&held.memory, MF_CHANNEL_SIZE, MF_PAGE);
    mf_memory_close(&held.memory);
    for (uint32_t i = 0; ours->desk && ours->points && i < MF_SUITE_POINTS; i++) {
        ours->points[i].number = number;
        ours->points[i].persistent = i;
        atomic_store(&ours->points[i].state, MF_POINT_WAITING);
    }
    ours->points_count = ours->points ? MF_SUITE_POINTS : 0;
    return ours->desk && ours->points;
}

static void close_desk(void) {
    struct mf_exploration *ours = &mf_exploration;
    if (ours->desk) {
        mf_sys_unmap(ours->desk, MF_CHANNEL_SLOTS);
    }
    if (ours->points) {
        mf_sys_unmap(ours->points, MF_PAGE);
    }
    ours->desk = mf.head;
    ours->points = NULL;
    ours->points_count = 0;
}

/** Have the runner read what command this process is, and wait for it: afterwards it may be
 * gone. */
static void introduce(struct mf_suite_desk *desk) {
    uint64_t signals = mf_sys_block_signals();
    int32_t runner = mf_exploration.runner;
    atomic_store(&desk->asks, 1);
    bool there = mf_sys_kill(runner, SIGCHLD) == 0;
    while (there && atomic_load(&desk->asks)) {
        mf_sys_wait(&desk->asks, 1, MF_PATIENCE_NS);
        there = mf_sys_kill(runner, 0) == 0;
    }
    mf_sys_restore_signals(signals);
}

/** Whether a stack was left for what the process is doing, which lasts. */
static bool is_out_of_reach(uint32_t state) {
    return state > MF_POINT_HELD && state < MF_POINT_REFUSED;
}

/** Note whose a stack is that is left: it can be tried in a fresh process later. */
static void note_command(struct mf_suite_stack *stack) {
    uint32_t known = atomic_load(&stack->command);
    uint32_t by_text = mf_reach_command();
    if (held.command && (known == 0 || known & MF_SUITE_BY_TEXT)) {
        atomic_store(&stack->command, held.command);
    } else if (known == 0 && by_text) {
        atomic_store(&stack->command, by_text | MF_SUITE_BY_TEXT);
    }
}

/** Note why a process goes by a stack that nobody has held at. */
static void go_by(struct mf_suite_stack *stack, enum mf_point_state why) {
    uint32_t none = MF_POINT_WAITING;
    if (atomic_load_explicit(&stack->reason, memory_order_relaxed) == none) {
        atomic_compare_exchange_strong(&stack->reason, &none, why);
    }
    note_command(stack);
}

/** A stack is not to be tried. */
static void spare(struct mf_suite_stack *stack) {
    atomic_store(&stack->reason, MF_POINT_SKIPPED);
    atomic_store(&stack->state, MF_SUITE_SPARED);
}

/** Note how a stack came off. */
static void settle(struct mf_suite_stack *stack, const struct mf_point *point) {
    const struct mf_exploration *ours = &mf_exploration;
    const struct mf_stack *kept = &ours->stacks[stack - ours->suite_stacks];
    uint32_t state = point ? atomic_load(&point->state)
                     : held.memory.fd == -EPERM || held.memory.fd == -ENOSYS
                         ? MF_POINT_SHUT_IN
                         : MF_POINT_REFUSED;
    if (state == MF_POINT_SKIPPED && atomic_load(&stack->tries) == 0) {
        mf_kinds_note_spared(ours->suite, &ours->frames[kept->first], kept->count);
        spare(stack);
        return;
    }
    if (held.command == 0 && is_out_of_reach(state)) {
        introduce(held.desk);
    }
    if (point) {
        uint32_t number = atomic_load(&held.desk->number);
        held.command = number ? number : held.command;
    }
    note_command(stack);
    uint32_t tries = 1 + atomic_fetch_add(&stack->tries, 1);
    bool unsound = state == MF_POINT_SHUT_IN || !point ||
                   atomic_load(&mf_exploration.desk->explore.child.unsound);
    bool tried = state == MF_POINT_HELD && !unsound;
    if (tried && kept->count > 0) {
        mf_novel_note(ours->suite->tried, &ours->frames[kept->first], kept->count);
    }
    if (tried) {
        mf_owner_settle(stack);
    }
    held.unsound_row = unsound ? held.unsound_row + 1 : 0;
    held.unsound_why = state;
    uint32_t all = point ? atomic_load(&point[1].state) : state;
    bool first = state == MF_POINT_HELD && all > MF_POINT_HELD && all < MF_POINT_SKIPPED;
    atomic_store(&stack->reason, first ? all : state);
    // Another process may have time for the rest.
    tried = tried && all != MF_POINT_HURRIED && all != MF_POINT_LIMITED;
    atomic_store(&stack->state, tried                        ? MF_SUITE_TRIED
                                : tries < MF_SUITE_TRIES_MAX ? MF_SUITE_NEW
                                                             : MF_SUITE_LEFT);
}

/** Hold at a desk; whether the allocation passes. */
static bool hold(struct mf_suite_desk *desk, struct mf_suite_stack *stack,
                 struct mf_interposed_call *call, uint64_t number) {
    held.since_ns = mf_now();
    held.desk = desk;
    atomic_store(&desk->asks, 0);
    atomic_store(&desk->number, 0);
    bool open = open_desk(desk, number);
    if (open) {
        atomic_store(&mf_exploration.desk->explore.child.unsound, 0);
        mf_owner_watch();
        atomic_store(&mf_exploration.desk->explore.child.until_ns, held.until_ns);
    }
    bool passes = !open || mf_hold_passes(call, 0);
    if (mf_exploration.child) {
        return passes;
    }
    settle(stack, open ? mf_exploration.points : NULL);
    if (open) {
        held.until_ns = atomic_load(&mf_exploration.desk->explore.child.until_ns);
    }
    close_desk();
    held.desk = NULL;
    uint64_t took = mf_now() - held.since_ns;
    held.held_ns += took;
    atomic_fetch_add(&mf_exploration.suite->held_ns, took);
    held.since_ns = 0;
    return true;
}

/** Whether no other thread of the process is at a desk; then this one may take one. */
static bool begin(void) {
    int32_t other = atomic_load(&held.busy);
    return other != mf.pid && atomic_compare_exchange_strong(&held.busy, &other, mf.pid);
}

/** Hold at a call whose stack is new, if that can be; whether the call passes, and how much of
 * the stack is new. */
static bool try_stack(struct mf_suite *suite, struct mf_suite_stack *stack,
                      struct mf_interposed_call *call, enum mf_novel *novel) {
    const struct mf_exploration *ours = &mf_exploration;
    const struct mf_stack *kept = &ours->stacks[stack - ours->suite_stacks];
    uint32_t fresh = MF_SUITE_NEW;
    bool passes = true;
    if (!mf_suite_is_in_shard(atomic_load(&stack->id), suite->shard, suite->shards)) {
        atomic_store(&stack->state, MF_SUITE_SPARED);
        return true;
    }
    if (mf_kinds_is_spared(suite, &ours->frames[kept->first], kept->count)) {
        spare(stack);
        return true;
    }
    *novel = kept->count == 0
                 ? MF_NOVEL_NOTHING
                 : mf_novel_judge(suite->tried, &ours->frames[kept->first], kept->count);
    if (mf_is_shut_in()) {
        go_by(stack, MF_POINT_SHUT_IN);
        return true;
    }
    if (is_given_up()) {
        go_by(stack,
              held.unsound_why == MF_POINT_SHUT_IN ? MF_POINT_SHUT_IN : MF_POINT_UNSOUND);
        return true;
    }
    if (is_hurried(suite, *novel)) {
        go_by(stack, mf_suite_hurry());
        atomic_fetch_add_explicit(&suite->hurried, 1, memory_order_relaxed);
        return true;
    }
    if (is_spent(suite, *novel)) {
        go_by(stack, MF_POINT_SPENT);
        return true;
    }
    bool alone = begin();
    struct mf_suite_desk *desk = alone ? take_desk(suite) : NULL;
    if (!desk) {
        if (alone) {
            atomic_store(&held.busy, 0);
        }
        go_by(stack, MF_POINT_CROWDED);
        atomic_fetch_add_explicit(&suite->crowded, 1, memory_order_relaxed);
        return true;
    }
    atomic_store(&desk->command, mf_reach_command());
    atomic_store(&desk->stack, (uint64_t)(stack - mf_exploration.suite_stacks));
    if (atomic_compare_exchange_strong(&stack->state, &fresh, MF_SUITE_CLAIMED)) {
        passes = hold(desk, stack, call, mf_process_seen(mf.process));
    }
    if (!mf_exploration.child) {
        atomic_store(&desk->holder, 0);
        atomic_store(&held.busy, 0);
    }
    return passes;
}

/** How much of a stack is new, where that is above the number of its entry. */
#define NOVEL_SHIFT 32

/** Keep a stack: calls of one that nobody will hold at pass before they come here; of another
 * one its entry is known at once, which is one less than a number. */
static void keep(const struct mf_interposed_call *call, const struct mf_trail *trail,
                 uint32_t generation, uint64_t number) {
    mf_known_keep(trail, generation, number);
    __atomic_store_n(&mf_hot.stack_sites, call->sites, __ATOMIC_RELEASE);
}

/** Whether a call passes because its stack was passed by for want of time, and there is no more
 * time now. Programs that are out of time come by thousands of such stacks, many times each. */
static bool is_still_passed_by(const struct mf_interposed_call *call) {
    const struct mf_exploration *ours = &mf_exploration;
    uint64_t known;
    if (!call->start || !mf_known_find(call->sites, call->start, call->caller, &known) ||
        !known) {
        return false;
    }
    const struct mf_suite_stack *stack = &ours->suite_stacks[(uint32_t)known - 1];
    enum mf_novel novel = (enum mf_novel)(known >> NOVEL_SHIFT);
    if (atomic_load_explicit(&stack->state, memory_order_relaxed) != MF_SUITE_NEW) {
        return false;
    }
    return is_spent(ours->suite, novel) || is_given_up() ||
           is_hurried(ours->suite, novel);
}

bool mf_suite_passes(struct mf_interposed_call *call) {
    const struct mf_exploration *ours = &mf_exploration;
    uint32_t generation = atomic_load(&call->sites->generation);
    struct mf_trail trail;
    if (is_still_passed_by(call)) {
        return true;
    }
    mf_call_trail_stack(call, &trail);
    struct mf_suite_stack *stack = mf_owner_entry(call);
    if (!stack) {
        atomic_fetch_add_explicit(&ours->suite->unlisted, 1, memory_order_relaxed);
        return true;
    }
    uint64_t index = (uint64_t)(stack - ours->suite_stacks);
    enum mf_novel novel = MF_NOVEL_NOTHING;
    mf_reach_note(ours->suite, index);
    if (atomic_load_explicit(&stack->state, memory_order_relaxed) == MF_SUITE_NEW &&
        !try_stack(ours->suite, stack, call, &novel)) {
        return false;
    }
    bool settled =
        atomic_load_explicit(&stack->state, memory_order_relaxed) != MF_SUITE_NEW ||
        is_over();
    keep(call, &trail, generation,
         settled ? 0 : (uint64_t)novel << NOVEL_SHIFT | (index + 1));
    return true;
}

/** Put one of the desk's files in the place of a descriptor, if that is open. */
static bool replace(int fd, int32_t file) {
    struct mf_sys_file there;
    char path[64] = "/proc/", digits[MF_DIGITS];
    if (mf_sys_look(fd, &there) != 0) {
        return true;
    }
    strcat(path, mf_decimal(digits, (uint64_t)mf_exploration.runner));
    strcat(path, "/fd/");
    strcat(path, mf_decimal(digits, (uint64_t)file));
    // It can be read, written to and passed on as what was there.
    long access = mf_sys_open_flags(fd) & O_ACCMODE;
    bool closes = mf_sys_fd_flags(fd) & FD_CLOEXEC;
    int own = mf_sys_open_as(path, (int)access | O_CLOEXEC);
    bool good = own >= 0 && mf_sys_dup(own, fd, closes ? O_CLOEXEC : 0) >= 0;
    if (own >= 0) {
        mf_sys_close(own);
    }
    return good;
}

bool mf_suite_silence(void) {
    if (!held.desk) {
        return true;
    }
    // What the process writes to need not be a file, as those are that take its place.
    return mf_limits_files(MF_SUITE_OUTPUT_MAX) == 0 &&
           replace(1, held.desk->streams[0]) && replace(2, held.desk->streams[1]);
}
