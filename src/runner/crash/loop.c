// SPDX-License-Identifier: MIT
#include "runner/crash/loop.h"

#include "runner/crash/registers.h"
#include "runner/crash/stepping.h"
#include "runner/target/waiting.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>

/** How long a thread is watched for, in time that nothing kept from it. */
#define WATCH_MIN (30 * CLOCK_MILLISECOND)
/** It has to come round so often to be a loop. */
#define ROUNDS_MIN 2
/** A loop that took so long to come round is watched for so many times as long. */
#define ROUNDS     8
#define ROUNDS_MAX (500 * CLOCK_MILLISECOND)
/** When to give up in any case: a busy machine lets it run that little. */
#define WATCH_MAX (4000 * CLOCK_MILLISECOND)
/** How long a thread is given to take one step. */
#define STOP_TIME (3000 * CLOCK_MILLISECOND)
/** A thread that came back to no frame, and ran for no more than this part of its time, waits. */
#define WAITING 4
/** How often it is asked whether somebody waits. */
#define ASK_PERIOD (5 * CLOCK_MILLISECOND)

_Static_assert(sizeof(long) == sizeof(uint64_t), "ptrace() copies words");

struct watch_on_loop {
    struct tracee_agent *agent;
    pid_t pid, tid;
    const struct unwind_return *returns;
    size_t count;
    /** The word of code at each return address, as it was. */
    uint64_t words[LOOP_FRAMES_MAX];
    /** How often it came back to each frame, as far as that counts: once may be for the stop
     * alone, which ends what the thread waited for. */
    unsigned char rounds[LOOP_FRAMES_MAX];
    /** The outermost frame that it came back to more than once. */
    size_t outermost;
    uint64_t since_ns, until_ns;
    /** Account of who waits for a processor. */
    struct waiting waiting;
    const struct look_time *time;
    /** Whether it slept when it was stopped last. */
    bool sleeps;
};

/** The time, as if the machine had nothing else to do. */
static uint64_t own_time(const struct watch_on_loop *watch) {
    struct procfile_share share = procfile_share(watch->tid);
    return clock_now() - (share.waited_ns - watch->waiting.share.waited_ns) -
           waiting_stood_still(&watch->waiting, &share);
}

/** Whether a frame is the innermost one of those that return to its address. */
static bool is_first(const struct watch_on_loop *watch, size_t at) {
    for (size_t i = 1; i < at; i++) {
        if (watch->returns[i].address == watch->returns[at].address) {
            return false;
        }
    }
    return true;
}

/** Whether a frame further out than the outermost so far returns to an address. */
static bool is_wanted(const struct watch_on_loop *watch, uint64_t address) {
    for (size_t i = watch->outermost + 1; i < watch->count; i++) {
        if (watch->returns[i].address == address) {
            return true;
        }
    }
    return false;
}

/** The word that an address is in. */
static void *word_of(uint64_t address) {
    return (void *)(uintptr_t)(address & ~UINT64_C(7));
}

/** Put a breakpoint where a frame returns to. */
static void set(struct watch_on_loop *watch, size_t at) {
    uint64_t address = watch->returns[at].address;
    errno = 0;
    uint64_t word = (uint64_t)ptrace(PTRACE_PEEKTEXT, watch->tid, word_of(address), NULL);
    if (errno == 0) {
        memcpy((unsigned char *)&word + address % 8, registers_trap.code,
               registers_trap.length);
        ptrace(PTRACE_POKETEXT, watch->tid, word_of(address), (long)word);
    }
}

/** Write back the code at an address; only those breakpoints in its word that are still
 * wanted stay. */
static void clear(struct watch_on_loop *watch, uint64_t address) {
    void *place = word_of(address);
    for (size_t i = 1; i < watch->count; i++) {
        if (word_of(watch->returns[i].address) == place) {
            ptrace(PTRACE_POKETEXT, watch->tid, place, (long)watch->words[i]);
            break;
        }
    }
    for (size_t i = 1; i < watch->count; i++) {
        uint64_t other = watch->returns[i].address;
        if (word_of(other) == place && other != address && is_wanted(watch, other)) {
            set(watch, i);
        }
    }
}

/** Put breakpoints everywhere. */
static void set_all(struct watch_on_loop *watch) {
    for (size_t i = 1; i < watch->count; i++) {
        watch->words[i] = (uint64_t)ptrace(PTRACE_PEEKTEXT, watch->tid,
                                           word_of(watch->returns[i].address), NULL);
    }
    for (size_t i = 1; i < watch->count; i++) {
        if (is_first(watch, i)) {
            set(watch, i);
        }
    }
}

/** Go over the instruction under a breakpoint, which stays; whether that went well. */
static bool step_over(struct watch_on_loop *watch, uint64_t address) {
    clear(watch, address);
    ptrace(PTRACE_SINGLESTEP, watch->tid, NULL, 0);
    uint64_t until = look_time_before(watch->time, clock_now() + STOP_TIME);
    if (stepping_await(watch->tid, until, watch->agent) != SIGTRAP) {
        return false;
    }
    for (size_t i = 1; i < watch->count; i++) {
        if (watch->returns[i].address == address) {
            set(watch, i);
            break;
        }
    }
    return true;
}

/** The frame that has come back, where a thread has come to a return address: one further
 * in has its place on the stack further down. */
static size_t frame_at(const struct watch_on_loop *watch, uint64_t address, uint64_t sp) {
    size_t frame = 0;
    for (size_t i = 1; i < watch->count; i++) {
        if (watch->returns[i].address == address && watch->returns[i].slot < sp) {
            frame = i;
        }
    }
    return frame;
}

/** Watch it until then, or as long as may be. */
static void extend(struct watch_on_loop *watch, uint64_t until_ns) {
    uint64_t most = watch->since_ns + ROUNDS_MAX;
    uint64_t until = until_ns < most ? until_ns : most;
    watch->until_ns = until > watch->until_ns ? until : watch->until_ns;
}

/** It has come back to a frame that is further out than the loop is known to be. */
static void count_round(struct watch_on_loop *watch, size_t frame) {
    size_t before = watch->outermost;
    if (++watch->rounds[frame] < ROUNDS_MIN) {
        return;
    }
    watch->outermost = frame;
    for (size_t i = before + 1; i <= frame; i++) {
        if (!is_wanted(watch, watch->returns[i].address)) {
            clear(watch, watch->returns[i].address);
        }
    }
}

/** It has come to a breakpoint; whether it can go on. */
static bool on_return(struct watch_on_loop *watch) {
    struct registers registers;
    if (registers_read(&registers, watch->tid) != 0) {
        return false;
    }
    uint64_t address = registers.pc - registers_trap.behind;
    size_t frame = frame_at(watch, address, registers.sp);
    if (frame == 0 && !is_wanted(watch, address)) {
        // None of ours.
        return false;
    }
    registers_set_pc(watch->tid, address);
    // Where recursion hits the place of an outer frame again and again, that takes longer.
    extend(watch, own_time(watch) + WATCH_MIN);
    if (frame > watch->outermost) {
        uint64_t now = own_time(watch);
        extend(watch, now + ROUNDS * (now - watch->since_ns));
        count_round(watch, frame);
    }
    return !is_wanted(watch, address) || step_over(watch, address);
}

/** Act on a stop; the signal to go on with, -1 = it stays. */
static int on_stop(struct watch_on_loop *watch, int signal) {
    switch (signal) {
    case SIGTRAP:
        return on_return(watch) ? 0 : -1;
    case SIGXFSZ:
        // It writes without end, and would be killed.
        return 0;
    case SIGSTOP:
    case SIGSYS:
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
        return -1;
    default:
        return signal;
    }
}

/** Wait until the time is over. It does not count where a busy machine kept the thread from
 * running, or us from looking at it. */
static int await_its_time(const struct watch_on_loop *watch) {
    int stopped = 0;
    uint64_t now = own_time(watch);
    while (stopped == 0 && now < watch->until_ns) {
        uint64_t left = watch->until_ns - now, time = clock_now();
        if (time >= look_time_before(watch->time, watch->since_ns + WATCH_MAX)) {
            break;
        }
        stopped = stepping_await(
            watch->tid, time + (left < ASK_PERIOD ? left : ASK_PERIOD), watch->agent);
        now = stopped == 0 ? own_time(watch) : now;
    }
    return stopped;
}

/** Watch it until the time is over, and it has stopped. */
static void watch_it(struct watch_on_loop *watch) {
    int signal = 0;
    while (signal >= 0) {
        ptrace(PTRACE_CONT, watch->tid, NULL, (long)signal);
        int stopped = await_its_time(watch);
        if (stopped == 0) {
            watch->sleeps = procfile_is_idle(watch->tid);
            stopped = stepping_stop(watch->pid, watch->tid, watch->time, watch->agent);
        }
        signal = stopped > 0 ? on_stop(watch, stopped) : -1;
    }
}

/** Take back all breakpoints. */
static void clear_all(struct watch_on_loop *watch) {
    for (size_t i = 1; i < watch->count; i++) {
        ptrace(PTRACE_POKETEXT, watch->tid, word_of(watch->returns[i].address),
               (long)watch->words[i]);
    }
}

/** Whether it waited all the time: it ran for the stops alone, each of which ends what it waits
 * for, so that it may begin to wait anew. On a very busy machine hardly any of the time counts. What
 * it did last tells there. */
static bool only_waited(const struct watch_on_loop *watch) {
    uint64_t ran = procfile_share(watch->tid).ran_ns - watch->waiting.share.ran_ns;
    uint64_t time = own_time(watch) - watch->since_ns;
    return watch->outermost == 0 &&
           (time < WATCH_MIN ? watch->sleeps : ran < time / WAITING);
}

void loop_find(struct loop *loop, const struct loop_place *place,
               const struct unwind_return *returns, size_t count) {
    uint64_t now = clock_now();
    uint64_t failures = stepping_failures(place->head);
    loop->frame = loop->count = 0;
    loop->cut = loop->waits = false;
    struct watch_on_loop watch = {
        .pid = place->pid,
        .tid = place->tid,
        .time = place->time,
        .agent = place->agent,
        .returns = returns,
        .count = count,
        .since_ns = now,
        .until_ns = now + WATCH_MIN,
    };
    if (registers_trap.length == 0 || count < 2 || count > LOOP_FRAMES_MAX) {
        return;
    }
    struct procfile_share share = procfile_share(place->tid);
    waiting_begin(&watch.waiting, &share);
    set_all(&watch);
    watch_it(&watch);
    clear_all(&watch);
    loop->cut = clock_now() >= look_time_until(place->time);
    loop->waits = !loop->cut && only_waited(&watch);
    bool left = !loop->cut && !loop->waits;
    for (size_t at = watch.outermost; left && at < count; at++) {
        const struct stepping_round round = {
            .pid = place->pid,
            .tid = place->tid,
            .time = place->time,
            .address = returns[at].address,
            .slot = at + 1 < count ? returns[at + 1].slot : UINT64_MAX,
            .head = place->head,
            .agent = place->agent,
            .retries = stepping_failures(place->head) != failures,
        };
        loop->frame = at;
        loop->count = stepping_follow(&round, loop->addresses, &left);
        loop->cut = loop->count == 0 && clock_now() >= look_time_until(place->time);
    }
}
