// SPDX-License-Identifier: MIT
/** The part of the channel in which one thread counts its calls. */
#ifndef MF_CORE_CHANNEL_COUNTER_H
#define MF_CORE_CHANNEL_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

/**
 * A thread's own counters: only the thread writes them, with plain instructions; others read.
 *
 * A lease is a number of calls that are known to pass. `left` counts them down to -1; then
 * the owner gets the next lease. The runner recalls a lease by subtracting
 * MF_THREAD_COUNTER_RECALL from `left`. It repeats this until `epoch` shows that the owner
 * has seen it, because the owner's plain decrement can overwrite the subtraction; the
 * subtraction never overwrites a decrement.
 *
 * A new policy concerns calls outside of leases, too: MF_THREAD_COUNTER_NOTICE in `passed`
 * makes the owner look for it, in the same way; see mf_thread_counter_notify().
 */
struct mf_thread_counter {
    _Alignas(64) _Atomic int64_t left;
    /** The length of the current lease. */
    _Atomic uint64_t granted;
    /** Calls of ended leases, and calls decided one by one, within the rules' time window. */
    _Atomic uint64_t used;
    /** Calls that no rule can select; MF_THREAD_COUNTER_NOTICE is its highest bit. */
    _Atomic uint64_t passed;
    /** Kernel's thread id of the owner; 0 = free. */
    _Atomic uint32_t owner;
    /** The process's epoch in which the current lease was granted. */
    _Atomic uint32_t epoch;
    /** enum mf_lease */
    _Atomic uint32_t lease;
    /** Index of the owner, from 1, in the order of first allocations. */
    _Atomic uint32_t thread;
    /** The serial of the policy that the owner used for its last decision. */
    _Atomic uint32_t serial;
    /** One more than the index of the tally that the owner's present decision uses;
     * 0 = it is not deciding. */
    _Atomic uint32_t reading;
};

/** What the calls of a lease count as. */
enum mf_lease {
    /** Numbers of the process that the rules count. */
    MF_LEASE_NUMBERS,
    /** Calls that the rules count for this thread alone. */
    MF_LEASE_ALONE,
    /** Calls outside the policy's time window: passed. */
    MF_LEASE_CLOSED,
};

/** Subtracted from `left` to recall a lease; a lease is at most a quarter of this long. */
#define MF_THREAD_COUNTER_RECALL (INT64_C(1) << 56)

/** Set in `passed` to make the owner look for a new policy. */
#define MF_THREAD_COUNTER_NOTICE (UINT64_C(1) << 63)

#endif
