// SPDX-License-Identifier: MIT
#include "core/channel/stacktable.h"

#include <stddef.h>

/** How many entries a stack can be in. */
#define PLACES 64

struct mf_stack *mf_stacktable_find(struct mf_stack *table, uint64_t room, uint64_t id) {
    // An id is a hash: its low bits are as good as any.
    for (uint64_t i = 0; i < PLACES && i < room; i++) {
        struct mf_stack *stack = &table[(id + i) & (room - 1)];
        uint64_t found = atomic_load_explicit(&stack->id, memory_order_relaxed);
        if (found == id || found == 0) {
            return stack;
        }
    }
    return NULL;
}
