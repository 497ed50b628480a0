// SPDX-License-Identifier: MIT
#include "preload/explore/explore.h"

#include "preload/base/sys.h"
#include "preload/explore/account.h"
#include "preload/explore/hold.h"
#include "preload/explore/stacks.h"

static bool is_first(const struct mf_process *process) {
    return mf.slots && process == &mf.slots[0];
}

/** What a process of the target has to do. */
static uint32_t mode_of(const struct mf_process *process) {
    bool records = mf.exploration.records_room > 0 && process != &mf.own_slot;
    return is_first(process) || records ? mf.exploration.mode : MF_EXPLORE_OFF;
}

/** Map an array of the channel's file; NULL where the file does not hold it. */
static void *map_array(int fd, uint64_t size, uint64_t offset, uint64_t count,
                       uint64_t each) {
    bool fits = count && offset <= size && count <= (size - offset) / each;
    return fits ? mf_sys_map_shared(fd, offset, count * each) : NULL;
}

/** Map where the distinct stacks go. */
static void map_stacks(int fd, uint64_t size) {
    const struct mf_explore *explore = &mf.head->explore;
    struct mf_exploration *ours = &mf.exploration;
    ours->stacks = map_array(fd, size, explore->stacks_offset, explore->stacks_room,
                             sizeof(*ours->stacks));
    ours->stacks_room = ours->stacks ? explore->stacks_room : 0;
    ours->frames = map_array(fd, size, explore->frames_offset, explore->frames_room,
                             sizeof(*ours->frames));
    ours->frames_room = ours->frames ? explore->frames_room : 0;
}

void mf_explore_map(int fd, uint64_t size, int32_t runner) {
    const struct mf_explore *explore = &mf.head->explore;
    struct mf_exploration *ours = &mf.exploration;
    ours->mode = explore->mode;
    ours->runner = runner;
    if (ours->mode == MF_EXPLORE_RECORD) {
        ours->records = map_array(fd, size, explore->records_offset,
                                  explore->records_room, sizeof(*ours->records));
        ours->records_room = ours->records ? explore->records_room : 0;
    }
    bool first = atomic_load(&mf.head->processes_used) == 0;
    if (ours->mode == MF_EXPLORE_RECORD && (first || ours->records_room > 0)) {
        map_stacks(fd, size);
    }
    if (!first) {
        return;
    }
    mf_account_map(fd, size);
    if (ours->mode == MF_EXPLORE_RECORD) {
        ours->ids = map_array(fd, size, explore->ids_offset, explore->ids_room,
                              sizeof(*ours->ids));
        ours->ids_room = ours->ids ? explore->ids_room : 0;
    } else if (ours->mode == MF_EXPLORE_HOLD) {
        ours->points = map_array(fd, size, explore->points_offset, explore->points_count,
                                 sizeof(*ours->points));
        ours->points_count = ours->points ? explore->points_count : 0;
        // Half of what a fork would copy, and no child looks at a stack.
        mf_sys_wipe_on_fork(&mf.frames, sizeof(mf.frames));
    }
}

bool mf_explore_counts_all(void) {
    return mf.exploration.mode != MF_EXPLORE_OFF && !mf.active_policies[0].plan.rules;
}

/** The index of the first point behind a number; points_count = none. */
static uint64_t first_behind(uint64_t number) {
    uint64_t low = 0;
    uint64_t high = mf.exploration.points_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (mf.exploration.points[middle].number <= number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint64_t mf_explore_quiet(const struct mf_process *process, uint64_t number,
                          uint64_t quiet) {
    uint32_t mode = mode_of(process);
    if (mode == MF_EXPLORE_RECORD || mf_account_kept()) {
        return 0;
    }
    uint64_t at = mode == MF_EXPLORE_HOLD ? first_behind(number) : UINT64_MAX;
    if (at >= mf.exploration.points_count) {
        return quiet;
    }
    uint64_t ahead = mf.exploration.points[at].number - number - 1;
    return ahead < quiet ? ahead : quiet;
}

/** Write down an allocation of a process that is not the first. */
static void record_other(const struct mf_process *process, const struct mf_visit *visit,
                         uint64_t number) {
    uint64_t at = atomic_fetch_add(&mf.head->explore.records_used, 1);
    if (at < mf.exploration.records_room) {
        struct mf_record *record = &mf.exploration.records[at];
        record->number = number;
        record->stack_id = visit->stack_id;
        atomic_store_explicit(&record->process, (uint32_t)(process - mf.slots) + 1,
                              memory_order_release);
    }
}

static void record(const struct mf_process *process, struct mf_visit *visit,
                   uint64_t number) {
    bool first = is_first(process);
    if (first && number > mf.exploration.ids_room) {
        return;
    }
    mf_visit_look_at_stack(visit);
    if (first) {
        mf.exploration.ids[number - 1] = visit->stack_id;
    }
    mf_stacks_keep(visit);
    if (!first) {
        record_other(process, visit, number);
    }
}

bool mf_explore_pass(struct mf_process *process, struct mf_visit *visit,
                     uint64_t number) {
    uint32_t mode = mode_of(process);
    if (mode == MF_EXPLORE_RECORD) {
        record(process, visit, number);
    } else if (mode == MF_EXPLORE_HOLD) {
        uint64_t at = first_behind(number - 1);
        if (at < mf.exploration.points_count &&
            mf.exploration.points[at].number == number) {
            return mf_hold_pass(visit, at);
        }
    }
    return true;
}
