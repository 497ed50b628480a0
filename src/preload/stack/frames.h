// SPDX-License-Identifier: MIT
/**
 * The cache of return addresses: the step from each to its caller, and its module. Filled
 * on demand, read and written by all threads without a lock; a thread that loses a race
 * works an answer out again.
 */
#ifndef MF_PRELOAD_STACK_FRAMES_H
#define MF_PRELOAD_STACK_FRAMES_H

#include "core/policy/mix.h"
#include "preload/stack/cfi.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** A power of two; each address has two entries to be in. */
#define MF_FRAMES_SETS 4096

struct mf_frames_entry {
    /** The return address; 0 = empty, 1 = being written. */
    _Atomic uintptr_t address;
    /** A struct mf_step. */
    _Atomic uint64_t step;
    _Atomic uint64_t module, offset, function;
};

/** All entries; sets[N][0] is kept, sets[N][1] gives way. Whole pages, for the kernel can
 * leave them out of a fork: an empty cache is as good. */
struct mf_frames {
    _Alignas(4096) struct mf_frames_entry sets[MF_FRAMES_SETS][2];
};

extern struct mf_frames mf_frames;

/** What is known of a return address. */
struct mf_known_frame {
    struct mf_step step;
    /** The module's part in a stack id, 0 = none, and the distance from its load base. */
    uint64_t module, offset;
    /** A hash of the function; of the address in its module, where that is unknown. */
    uint64_t function;
};

/** Find out about an address, and keep the answer. */
void mf_frames_work_out(uintptr_t address, struct mf_known_frame *known);

/** Forget all answers: modules have gone, and others may come to lie in their place. */
void mf_frames_expire(void);

_Static_assert(sizeof(struct mf_step) == sizeof(uint64_t), "a step is one word");

/** Read an entry; false when it is another address's or changes meanwhile. */
static inline bool mf_frames_read(const struct mf_frames_entry *entry, uintptr_t address,
                                  struct mf_known_frame *known) {
    if (atomic_load_explicit(&entry->address, memory_order_acquire) != address) {
        return false;
    }
    uint64_t step = atomic_load_explicit(&entry->step, memory_order_relaxed);
    // By this name it is one instruction; -fno-builtin makes the other one a call.
    __builtin_memcpy(&known->step, &step, sizeof(step));
    known->module = atomic_load_explicit(&entry->module, memory_order_relaxed);
    known->offset = atomic_load_explicit(&entry->offset, memory_order_relaxed);
    known->function = atomic_load_explicit(&entry->function, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&entry->address, memory_order_relaxed) == address;
}

/** The two entries that a return address can be in. */
static inline struct mf_frames_entry *mf_frames_set(uintptr_t address) {
    return mf_frames.sets[(address * MF_MIX_STEP) >> 40 & (MF_FRAMES_SETS - 1)];
}

/** Ask for a return address. An answer holds until its module goes. */
static inline void mf_frames_find(uintptr_t address, struct mf_known_frame *known) {
    const struct mf_frames_entry *set = mf_frames_set(address);
    if (!mf_frames_read(&set[0], address, known) &&
        !mf_frames_read(&set[1], address, known)) {
        mf_frames_work_out(address, known);
    }
}

#endif
