// SPDX-License-Identifier: MIT
/**
 * The cache of call sites: which rules' `caller` and `stack` filters a return address
 * satisfies. Filled on demand, read and written by all threads without a lock; a thread
 * that loses a race works an answer out again.
 */
#ifndef MF_PRELOAD_STACK_SITES_H
#define MF_PRELOAD_STACK_SITES_H

#include "core/policy/mix.h"
#include "core/policy/plan.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** A power of two. */
#define MF_SITES_MAX 4096

struct mf_site {
    /** The return address; 0 = empty, 1 = being written. */
    _Atomic uintptr_t address;
    /** Rules whose caller filter holds; rules whose stack filter holds for this frame. */
    _Atomic uint64_t callers, stacks;
};

/** What is known under one plan; each address has one entry to be in. */
struct mf_sites {
    struct mf_site entries[MF_SITES_MAX];
    const struct mf_plan *plan;
    /** Told apart from all that held before, and other plans': for what is known of whole
     * stacks. */
    _Atomic uint32_t generation;
};

/** What is known of one return address: bit N of each for rule N. */
struct mf_site_rules {
    uint64_t callers, stacks;
};

/** Ask for an address. An answer holds until its module goes. */
struct mf_site_rules mf_sites_rules(struct mf_sites *sites, uintptr_t address);

/** Answer for a plan; of call sites nothing is known under another. */
void mf_sites_begin(struct mf_sites *sites, const struct mf_plan *plan);

/** Forget all answers: modules have gone, and others may come to lie in their place, or
 * the policy is another. */
void mf_sites_expire(struct mf_sites *sites);

/** An address's entry in a cache, whoever's it is at present. */
static inline struct mf_site *mf_site_of(struct mf_site *entries, uintptr_t address) {
    return &entries[(address * MF_MIX_STEP) >> 40 & (MF_SITES_MAX - 1)];
}

/** Read an entry; false when it is another address's or changes meanwhile. */
static inline bool mf_site_read(const struct mf_site *site, uintptr_t address,
                                struct mf_site_rules *rules) {
    if (atomic_load_explicit(&site->address, memory_order_acquire) != address) {
        return false;
    }
    rules->callers = atomic_load_explicit(&site->callers, memory_order_relaxed);
    rules->stacks = atomic_load_explicit(&site->stacks, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&site->address, memory_order_relaxed) == address;
}

#endif
