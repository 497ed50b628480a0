// SPDX-License-Identifier: MIT
/**
 * What all of the library knows of its process and of the calling thread. What every call
 * reads is apart (next.h), and so is what belongs to one wing: it has an object of its
 * own there, named after the wing's header.
 *
 * Everything in `mf` is written while the library starts (one thread) or by a child of a
 * fork before anything else runs in it; later writers say so at the field.
 */
#ifndef MF_PRELOAD_BASE_STATE_H
#define MF_PRELOAD_BASE_STATE_H

#include "core/channel/channel.h"
#include "preload/base/sys.h"

#define mf_likely(condition)   __builtin_expect(!!(condition), 1)
#define mf_unlikely(condition) __builtin_expect(!!(condition), 0)

/** What a patched function's way here calls: a compiler that knows the function, and that it
 * needs no aligned stack, calls it without one. */
#ifdef __x86_64__
#define MF_REALIGNED __attribute__((force_align_arg_pointer))
#else
#define MF_REALIGNED
#endif

/** The gate's stages. */
enum mf_gate_stage {
    /** Nothing is known yet; the first call starts the library. */
    MF_COLD,
    /** The library is starting on some thread; calls pass. */
    MF_STARTING,
    /** Nothing can ever fail here: no policy, or a broken one. */
    MF_OFF,
    /** A policy is there; calls pass until it is armed. */
    MF_READY,
    /** Calls are counted and fail. */
    MF_ARMED,
};

struct mf_state {
    /**
     * This process's slot. The kernel wipes its page in a child of a fork, however it was
     * forked (MADV_WIPEONFORK): NULL means a child that has not been seen yet.
     */
    _Alignas(MF_PAGE) struct mf_process *process;
    char rest_of_page[MF_PAGE - sizeof(void *)];
    /** enum mf_gate_stage; also written by arming, by any thread. */
    _Atomic uint32_t stage;
    /** Whether one thread holds all numbers; cleared when a second one shows up. */
    _Atomic uint32_t solo;
    /** glibc's __libc_single_threaded; NULL if there is none. */
    const char *single_threaded;
    /** The shared head, NULL without a runner. */
    struct mf_head *head;
    /** The channel's slots, NULL without a runner or room for them. */
    struct mf_process *slots;
    uint64_t armed_ns;
    /** Whether the program has given up rights or calls; set by any thread. From then on
     * the library makes no call that it can do without: one could be its death. */
    _Atomic uint32_t shut_in;
    /** Whether seccomp's strict mode was among that: the kernel then kills whoever reads
     * the processor's clock, too. */
    _Atomic uint32_t strict;
    /** The process that took the latest slot, and its executable's base name. */
    int32_t pid;
    char image[MF_IMAGE_MAX];
    struct mf_process own_slot;
};

extern struct mf_state mf;

static inline bool mf_is_shut_in(void) {
    return atomic_load_explicit(&mf.shut_in, memory_order_relaxed);
}

/** The calling thread's id; where it may not be asked for, the process's. */
static inline int32_t mf_tid(void) {
    return mf_is_shut_in() ? mf.pid : mf_sys_tid();
}

/** The time, as precise as may be known. */
static inline uint64_t mf_now(void) {
    return atomic_load_explicit(&mf.strict, memory_order_relaxed) ? mf_sys_now_coarse()
                                                                  : mf_sys_now();
}

struct mf_thread {
    /** This thread's counter, where the fast path may count in it; else NULL. */
    struct mf_thread_counter *counter;
    /** The same for the gate in front of a patched malloc, where all sizes count; else what
     * nobody counts in. Never NULL. */
    struct mf_thread_counter *gate;
    /** This thread's counter; NULL = none yet. */
    struct mf_thread_counter *own;
    /** Where on the stack this thread went inside the library (inside.h); 0 = it is
     * outside. */
    _Atomic uintptr_t inside;
    /** Its index by first allocation in this process, from 1; 0 = none yet. */
    uint32_t index;
    /** Kernel's thread id. */
    int32_t tid;
    /** What its latest refused call fails with; 0 = the likely error. */
    int32_t error;
    /** What it calls the part it is in. */
    char region[MF_REGION_MAX];
    /** The serial of the policy that `counts` are of. */
    uint32_t serial;
    /** Per rule, where a rule counts by thread. */
    struct mf_count counts[MF_POLICY_RULES_MAX];
    /** Calls of ended leases that each rule is still to count. */
    uint64_t uncounted;
};

extern __thread struct mf_thread mf_self;

/** A counter that is always below zero: each call is to be asked about. */
extern struct mf_thread_counter mf_nobody;

#endif
