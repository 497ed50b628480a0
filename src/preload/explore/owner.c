// SPDX-License-Identifier: MIT
#include "preload/explore/owner.h"

#include "core/channel/stackid.h"
#include "core/channel/stacktable.h"
#include "core/policy/mix.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/stacks.h"
#include "preload/stack/modules.h"

#include <string.h>
#include <sys/auxv.h>

/** So many stacks of a process whose failures end it in front of main are kept in mind: more
 * are tried in each program. */
#define EARLY_MAX 1024

static struct {
    /** Whether main has begun. */
    bool in_main;
    /** Whether the program has no build id: a stack that leads through it may look like one of
     * another program of its name. */
    bool nameless;
    /** Stacks whose failures ended all children early, as far as is known: not before main
     * has begun here it is known that its beginning is seen. */
    uint32_t early[EARLY_MAX], count;
} owner;

/** A key for a program without a build id: that of no other file. No frame has it, so that all
 * its stacks are tried in its own name. */
static uint64_t key_of_file(uint64_t key) {
    struct mf_sys_file file;
    owner.nameless = true;
    atomic_store(&mf_exploration.suite->nameless, 1);
    return mf_sys_look_at("/proc/self/exe", &file) != 0
               ? key
               : mf_mix(key ^ mf_mix(file.device ^
                                     mf_mix(file.inode ^ mf_mix(file.changed_ns))));
}

void mf_owner_begin(const char *path) {
    const struct mf_range *range = mf_modules_find(getauxval(AT_ENTRY));
    if (range) {
        mf_modules.program =
            range->build_id_length > 0 ? range->key : key_of_file(range->key);
        return;
    }
    // No frame is known to be the program's then: all is tried in its name.
    struct mf_module module = {0};
    size_t length = strlen(path), room = sizeof(module.path) - 1;
    path += length > room ? length - room : 0;
    memcpy(module.path, path, strlen(path) + 1);
    mf_modules.program = key_of_file(mf_stackid_module(&module));
}

/** Find an entry by its key, or make it, with the frames of another one if that has some. */
static struct mf_suite_stack *find(struct mf_interposed_call *call, uint64_t key,
                                   const struct mf_suite_stack *like) {
    const struct mf_exploration *ours = &mf_exploration;
    struct mf_stack *kept = mf_stacktable_find(ours->stacks, ours->stacks_room, key);
    if (kept && atomic_load_explicit(&kept->id, memory_order_relaxed) != key) {
        mf_call_fold_stack(call);
        kept = mf_stacks_keep_as(call, key,
                                 like ? &ours->stacks[like - ours->suite_stacks] : NULL);
    }
    struct mf_suite_stack *stack = kept ? &ours->suite_stacks[kept - ours->stacks] : NULL;
    if (stack && atomic_load_explicit(&stack->id, memory_order_relaxed) == 0) {
        atomic_store(&stack->id, call->stack_id);
    }
    return stack;
}

/** Note where another program's entry speaks for this one. */
static void ask_speaker(struct mf_suite_stack *common, struct mf_suite_stack *own) {
    uint32_t fresh = MF_SUITE_NEW;
    if (atomic_load_explicit(&own->state, memory_order_relaxed) == MF_SUITE_NEW &&
        atomic_load_explicit(&common->speaker, memory_order_relaxed) &&
        atomic_compare_exchange_strong(&own->state, &fresh, MF_SUITE_SPOKEN_FOR)) {
        atomic_fetch_add(&common->spoken_for, 1);
    }
}

struct mf_suite_stack *mf_owner_entry(struct mf_interposed_call *call) {
    struct mf_suite_stack *common = find(call, call->stack_id, NULL);
    if (!common || call->in_program) {
        return common;
    }
    atomic_store_explicit(&common->state, MF_SUITE_COMMON, memory_order_relaxed);
    struct mf_suite_stack *own =
        find(call, mf_mix(call->stack_id ^ mf_modules.program), common);
    if (own) {
        ask_speaker(common, own);
    }
    return own;
}

void mf_owner_watch(void) {
    atomic_store(&mf_exploration.desk->explore.child.in_main, owner.in_main);
}

/** Whether a point needs no further child. */
static bool is_done(const struct mf_point *point) {
    uint32_t state = atomic_load(&point->state);
    return state == MF_POINT_HELD || state == MF_POINT_SKIPPED;
}

void mf_owner_settle(const struct mf_suite_stack *stack) {
    const struct mf_exploration *ours = &mf_exploration;
    bool all = true;
    for (uint64_t i = 0; i < ours->points_count; i++) {
        all = all && is_done(&ours->points[i]);
    }
    // A program without a build id speaks for no other: its constructors may be in the stack.
    if (all && !owner.nameless && !atomic_load(&ours->desk->explore.child.in_main) &&
        owner.count < EARLY_MAX) {
        owner.early[owner.count++] = (uint32_t)(stack - ours->suite_stacks);
    }
}

/** Have a program's entry speak for those of others, if it is one in libraries only. */
static void speak(uint32_t index) {
    const struct mf_exploration *ours = &mf_exploration;
    uint64_t id = atomic_load(&ours->suite_stacks[index].id);
    const struct mf_stack *kept = mf_stacktable_find(ours->stacks, ours->stacks_room, id);
    struct mf_suite_stack *common =
        kept ? &ours->suite_stacks[kept - ours->stacks] : NULL;
    uint32_t nobody = 0;
    if (common && atomic_load(&common->state) == MF_SUITE_COMMON) {
        atomic_compare_exchange_strong(&common->speaker, &nobody, index + 1);
    }
}

void mf_owner_enter_main(void) {
    owner.in_main = true;
    if (mf_exploration.child) {
        // What a child does in which nothing fails says nothing of the others.
        bool fails = mf_exploration.child->returned != MF_FURTHER_CONTROL;
        atomic_fetch_or(&mf_exploration.child->in_main, fails);
        return;
    }
    while (owner.count > 0) {
        speak(owner.early[--owner.count]);
    }
}
