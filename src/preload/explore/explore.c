// SPDX-License-Identifier: MIT
#include "preload/explore/explore.h"

#include "preload/base/inside.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/hold.h"
#include "preload/explore/serve.h"
#include "preload/explore/stacks.h"
#include "preload/explore/suite.h"
#include "preload/heap/account.h"
#include "preload/stack/modules.h"

#include <errno.h>

_Alignas(4096) struct mf_exploration mf_exploration;

static bool is_first(const struct mf_process *process) {
    // A forerunner counts in a slot of its own.
    return mf.slots && (process == &mf.slots[0] || mf_exploration.ahead);
}

/** What a process of the target has to do. */
static uint32_t mode_of(const struct mf_process *process) {
    if (mf_exploration.mode >= MF_EXPLORE_SUITE) {
        return mf_exploration.mode;
    }
    bool records = mf_exploration.records_room > 0 && process != &mf.own_slot;
    return is_first(process) || records ? mf_exploration.mode : MF_EXPLORE_OFF;
}

/** Map an array of the channel; NULL where the channel does not hold it. */
static void *map_array(const struct mf_memory *memory, uint64_t offset, uint64_t count,
                       uint64_t each) {
    bool fits =
        count && offset <= memory->size && count <= (memory->size - offset) / each;
    return fits ? mf_memory_map(memory, offset, count * each) : NULL;
}

/** Map where the distinct stacks go. */
static void map_stacks(const struct mf_memory *memory) {
    const struct mf_explore *explore = &mf.head->explore;
    struct mf_exploration *ours = &mf_exploration;
    ours->stacks = map_array(memory, explore->stacks_offset, explore->stacks_room,
                             sizeof(*ours->stacks));
    ours->stacks_room = ours->stacks ? explore->stacks_room : 0;
    ours->frames = map_array(memory, explore->frames_offset, explore->frames_room,
                             sizeof(*ours->frames));
    ours->frames_room = ours->frames ? explore->frames_room : 0;
}

void mf_explore_map(const struct mf_memory *memory, int32_t runner) {
    const struct mf_explore *explore = &mf.head->explore;
    struct mf_exploration *ours = &mf_exploration;
    ours->mode = explore->mode;
    ours->runner = runner;
    ours->desk = mf.head;
    if (ours->mode == MF_EXPLORE_SUITE) {
        map_stacks(memory);
        mf_suite_map(memory);
        return;
    }
    if (ours->mode == MF_EXPLORE_SERVE) {
        map_stacks(memory);
        mf_serve_map(memory);
        return;
    }
    if (ours->mode == MF_EXPLORE_RECORD) {
        ours->records = map_array(memory, explore->records_offset, explore->records_room,
                                  sizeof(*ours->records));
        ours->records_room = ours->records ? explore->records_room : 0;
    }
    bool first = atomic_load(&mf.head->processes_used) == 0;
    if (ours->mode == MF_EXPLORE_RECORD && (first || ours->records_room > 0)) {
        map_stacks(memory);
    }
    if (!first) {
        return;
    }
    mf_account_map(memory);
    if (ours->mode == MF_EXPLORE_RECORD) {
        ours->ids =
            map_array(memory, explore->ids_offset, explore->ids_room, sizeof(*ours->ids));
        ours->ids_room = ours->ids ? explore->ids_room : 0;
    } else if (ours->mode == MF_EXPLORE_HOLD) {
        ours->points = map_array(memory, explore->points_offset, explore->points_count,
                                 sizeof(*ours->points));
        ours->points_count = ours->points ? explore->points_count : 0;
    }
}

bool mf_explore_counts_all(const struct mf_plan *plan) {
    return mf_exploration.mode != MF_EXPLORE_OFF && !plan->rules;
}

void mf_explore_note_modules(void) {
    struct mf_inside_mark mark;
    int saved = errno;
    if (mf_exploration.mode == MF_EXPLORE_RECORD && mf.process &&
        mf_inside_enter(&mark)) {
        mf_modules_expire();
        mf_modules_find((uintptr_t)mf_explore_note_modules);
        mf_inside_leave();
    }
    errno = saved;
}

/** The index of the first point behind a number; points_count = none. */
static uint64_t first_behind(uint64_t number) {
    uint64_t low = 0;
    uint64_t high = mf_exploration.points_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (mf_exploration.points[middle].number <= number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint64_t mf_explore_passing_ahead(const struct mf_process *process, uint64_t number,
                                  uint64_t by_rules) {
    uint32_t mode = mode_of(process);
    if (mode == MF_EXPLORE_RECORD || mode >= MF_EXPLORE_SUITE || mf_account_kept()) {
        return 0;
    }
    uint64_t at = mode == MF_EXPLORE_HOLD ? first_behind(number) : UINT64_MAX;
    if (at >= mf_exploration.points_count) {
        return by_rules;
    }
    uint64_t ahead = mf_exploration.points[at].number - number - 1;
    return ahead < by_rules ? ahead : by_rules;
}

/** Write down an allocation of a process that is not the first. */
static void record_other(const struct mf_process *process,
                         const struct mf_interposed_call *call, uint64_t number) {
    uint64_t at = atomic_fetch_add(&mf.head->explore.records_used, 1);
    if (at < mf_exploration.records_room) {
        struct mf_record *record = &mf_exploration.records[at];
        record->number = number;
        record->stack_id = call->stack_id;
        atomic_store_explicit(&record->process, (uint32_t)(process - mf.slots) + 1,
                              memory_order_release);
    }
}

/** Whether an allocation may become a point, by its size and time. */
static bool is_wanted(const struct mf_interposed_call *call) {
    const struct mf_explore *explore = &mf.head->explore;
    return call->facts.size >= explore->size_min &&
           (explore->after_ns == 0 || mf_now() - mf.armed_ns >= explore->after_ns);
}

static void record(const struct mf_process *process, struct mf_interposed_call *call,
                   uint64_t number) {
    bool first = is_first(process);
    if ((first && number > mf_exploration.ids_room) || !is_wanted(call)) {
        return;
    }
    mf_call_fold_stack(call);
    if (first) {
        mf_exploration.ids[number - 1] = call->stack_id;
    }
    mf_stacks_keep(call);
    if (!first) {
        record_other(process, call, number);
    }
}

bool mf_explore_passes(struct mf_process *process, struct mf_interposed_call *call,
                       uint64_t number) {
    uint32_t mode = mode_of(process);
    if (mode == MF_EXPLORE_RECORD) {
        record(process, call, number);
    } else if (mode == MF_EXPLORE_SUITE) {
        return mf_suite_passes(call);
    } else if (mode == MF_EXPLORE_SERVE) {
        return mf_serve_passes(process, call);
    } else if (mode == MF_EXPLORE_HOLD) {
        uint64_t at = first_behind(number - 1);
        if (at < mf_exploration.points_count &&
            mf_exploration.points[at].number == number) {
            return mf_hold_passes(call, at);
        }
    }
    return true;
}
