// SPDX-License-Identifier: MIT
/**
 * The cache of return addresses: the step from each to its caller, and its module. Filled
 * on demand, read and written by all threads without a lock; a thread that loses a race
 * computes the answer again.
 */
#ifndef MF_PRELOAD_STACK_FRAMES_H
#define MF_PRELOAD_STACK_FRAMES_H

#include "core/policy/mix.h"
#include "preload/stack/cfi.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** The number of sets, a power of two; an address can be in the two entries of its set. */
#define MF_FRAMES_SETS 4096

struct mf_frames_entry {
    /** The return address; 0 = empty, 1 = being written. */
    _Atomic uintptr_t address;
    /** A struct mf_step. */
    _Atomic uint64_t step;
    _Atomic uint64_t module, offset, function;
};

/** All entries; sets[N][0] is kept, sets[N][1] is replaced. They fill whole pages so that
 * the kernel can leave them out of a fork: an empty cache works as well. */
struct mf_frames {
    _Alignas(4096) struct mf_frames_entry sets[MF_FRAMES_SETS][2];
};

extern struct mf_frames mf_frames;

/** What is known about a return address. */
struct mf_known_frame {
    struct mf_step step;
    /** The module's part in a stack id, 0 = none, and the distance from its load base. */
    uint64_t module, offset;
    /** A hash of the function, or if it is unknown, of the address in its module. */
    uint64_t function;
};

/** Compute the answer for an address and keep it. */
void mf_frames_work_out(uintptr_t address, struct mf_known_frame *known);

/** Drop all answers: modules were unloaded, and others may take their addresses. */
void mf_frames_expire(void);

_Static_assert(sizeof(struct mf_step) == sizeof(uint64_t), "a step is one word");

/** Read an entry; false if it belongs to another address or changes meanwhile. */
static inline bool mf_frames_read(const struct mf_frames_entry *entry, uintptr_t address,
                                  struct mf_known_frame *known) {
    if (atomic_load_explicit(&entry->address, memory_order_acquire) != address) {
        return false;
    }
    uint64_t step = atomic_load_explicit(&entry->step, memory_order_relaxed);
    // The builtin is one instruction; with -fno-builtin, plain memcpy() is a call.
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

/** Look up a return address. The answer is valid until its module is unloaded. */
static inline void mf_frames_find(uintptr_t address, struct mf_known_frame *known) {
    const struct mf_frames_entry *set = mf_frames_set(address);
    if (!mf_frames_read(&set[0], address, known) &&
        !mf_frames_read(&set[1], address, known)) {
        mf_frames_work_out(address, known);
    }
}

#endif
