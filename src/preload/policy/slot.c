// SPDX-License-Identifier: MIT
#include "preload/policy/slot.h"

#include "preload/base/state.h"
#include "preload/pages/pages.h"

#include <string.h>

struct mf_process *mf_slot_take(void) {
    if (mf.slots) {
        uint32_t at = atomic_fetch_add(&mf.head->processes_used, 1);
        if (at < MF_PROCESSES_MAX) {
            return &mf.slots[at];
        }
        atomic_fetch_add(&mf.head->processes_lost, 1);
    }
    memset(&mf.own_slot, 0, sizeof(mf.own_slot));
    return &mf.own_slot;
}

uint64_t mf_slot_index(const struct mf_process *process) {
    uint64_t index = 1;
    if (process != &mf.own_slot) {
        for (const struct mf_process *at = mf.slots; at < process; at++) {
            index += strncmp(at->image, process->image, sizeof(at->image)) == 0;
        }
    }
    return index;
}

void mf_slot_note_heap(struct mf_process *process) {
    process->heap = mf_pages.on ? (uintptr_t)&mf_pages.heap : 0;
}

void mf_slot_arm(void) {
    struct mf_process *process = mf.process;
    mf.armed_ns = mf_now();
    if (process) {
        atomic_store(&process->armed_ns, mf.armed_ns);
        atomic_store_explicit(&process->stage, MF_STAGE_ARMED, memory_order_release);
    }
    atomic_store_explicit(&mf.stage, MF_ARMED, memory_order_release);
}
