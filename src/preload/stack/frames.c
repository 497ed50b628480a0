// SPDX-License-Identifier: MIT
#include "preload/stack/frames.h"

#include "preload/stack/modules.h"

#include <string.h>

/** Marks an entry that is being written; no return address. */
#define BUSY ((uintptr_t)1)

#define LOAD(word)         atomic_load_explicit(&(word), memory_order_relaxed)
#define STORE(word, value) atomic_store_explicit(&(word), (value), memory_order_relaxed)

struct mf_frames mf_frames;

static void keep(uintptr_t address, const struct mf_known_frame *known) {
    struct mf_frames_entry *set = mf_frames_set(address);
    struct mf_frames_entry *entry = &set[LOAD(set[0].address) != 0];
    uintptr_t old = LOAD(entry->address);
    if (old == BUSY ||
        !atomic_compare_exchange_strong_explicit(
            &entry->address, &old, BUSY, memory_order_acquire, memory_order_relaxed)) {
        return;
    }
    uint64_t step;
    memcpy(&step, &known->step, sizeof(step));
    STORE(entry->step, step);
    STORE(entry->module, known->module);
    STORE(entry->offset, known->offset);
    STORE(entry->function, known->function);
    atomic_store_explicit(&entry->address, address, memory_order_release);
}

void mf_frames_work_out(uintptr_t address, struct mf_known_frame *known) {
    const struct mf_range *range = mf_modules_find(address);
    uintptr_t function;
    known->step = mf_cfi_step(address, &function);
    known->module = range ? range->key : 0;
    known->offset = address - (range ? range->base : 0);
    known->function = mf_mix((function ? function : address) * MF_MIX_STEP);
    if (range && known->step.kind != MF_STEP_UNKNOWN) {
        keep(address, known);
    }
}

void mf_frames_expire(void) {
    for (unsigned i = 0; i < MF_FRAMES_SETS; i++) {
        for (unsigned way = 0; way < 2; way++) {
            struct mf_frames_entry *entry = &mf_frames.sets[i][way];
            atomic_store_explicit(&entry->address, 0, memory_order_release);
        }
    }
}
