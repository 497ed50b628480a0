// SPDX-License-Identifier: MIT
#include "runner/suite/owners.h"

#include "core/channel/stacktable.h"
#include "runner/points/stacks.h"

/** The common entry of a program's; NULL where it is not one of these. */
static struct mf_suite_stack *common_of(const struct desks *desks, uint64_t at) {
    uint64_t id = desks_stack_id(desks, at);
    const struct mf_stack *stack =
        mf_stacktable_find((struct mf_stack *)desks->table, STACKS_ROOM, id);
    if (!stack || stack == &desks->table[at] || atomic_load(&stack->id) != id) {
        return NULL;
    }
    return &desks->stacks[stack - desks->table];
}

void owners_settle(struct desks *desks) {
    for (uint64_t i = 0; i < STACKS_ROOM; i++) {
        struct mf_suite_stack *stack = &desks->stacks[i];
        struct mf_suite_stack *common = desks->table[i].id ? common_of(desks, i) : NULL;
        uint32_t speaker = common ? atomic_load(&common->speaker) : 0;
        if (speaker == 0 || speaker > STACKS_ROOM || speaker == i + 1 ||
            desks->trials[speaker - 1] == 0) {
            continue;
        }
        if (desks->trials[i] == 0 && atomic_load(&stack->state) == MF_SUITE_NEW) {
            atomic_store(&stack->state, MF_SUITE_SPOKEN_FOR);
            atomic_fetch_add(&common->spoken_for, 1);
        }
        if (atomic_load(&stack->state) == MF_SUITE_SPOKEN_FOR) {
            desks->trials[i] = desks->trials[speaker - 1];
        }
    }
}

/** Whether an entry is not to be tried, by its modules. */
static bool is_spared(const struct desks *desks, uint64_t at) {
    const struct mf_suite_stack *stack = &desks->stacks[at];
    bool told = atomic_load(&stack->state) == MF_SUITE_SPARED &&
                atomic_load(&stack->reason) == MF_POINT_SKIPPED;
    return told || desks_is_spared(desks, at);
}

struct commands_shared owners_count(const struct desks *desks) {
    struct commands_shared shared = {
        .nameless = atomic_load(&desks->suite->nameless),
    };
    for (uint64_t i = 0; i < STACKS_ROOM; i++) {
        const struct mf_suite_stack *stack = &desks->stacks[i];
        if (desks->table[i].id == 0 || is_spared(desks, i)) {
            continue;
        }
        uint32_t state = atomic_load(&stack->state);
        if (state == MF_SUITE_COMMON) {
            shared.stacks++;
            shared.early += atomic_load(&stack->spoken_for) > 0;
        } else if (state != MF_SUITE_SPOKEN_FOR && common_of(desks, i)) {
            shared.by_program++;
        }
    }
    return shared;
}
