// SPDX-License-Identifier: MIT
/**
 * The state of the process and of the calling thread that the whole library uses. Data that
 * every call reads is in next.h; data of one wing is in an object of its own there, named after
 * the wing's header.
 *
 * Everything in `mf` is written while the library starts (one thread), or by a forked child
 * before anything else runs in it; the comment of a member says if others write it later.
 */
#ifndef MF_PRELOAD_BASE_STATE_H
#define MF_PRELOAD_BASE_STATE_H

#include "core/channel/channel.h"
#include "preload/base/sys.h"

#define mf_likely(condition)   __builtin_expect(!!(condition), 1)
#define mf_unlikely(condition) __builtin_expect(!!(condition), 0)

/** For functions that patched functions jump to: a compiler that knows that the original needs
 * no aligned stack may call it without one. */
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
    /** No call can fail: there is no policy, or it has an error. */
    MF_OFF,
    /** There is a policy; calls pass until it is armed. */
    MF_READY,
    /** Calls are counted and fail. */
    MF_ARMED,
};

struct mf_state {
    /**
     * This process's slot. The kernel clears its page in a forked child, however it was forked
     * (MADV_WIPEONFORK): NULL means a new child that the library has not prepared yet.
     */
    _Alignas(MF_PAGE) struct mf_process *process;
    char rest_of_page[MF_PAGE - sizeof(void *)];
    /** enum mf_gate_stage; also written by arming, by any thread. */
    _Atomic uint32_t stage;
    /** Whether one thread has all numbers; cleared when a second thread allocates. */
    _Atomic uint32_t solo;
    /** glibc's __libc_single_threaded; NULL if there is none. */
    const char *single_threaded;
    /** The shared head, NULL without a runner. */
    struct mf_head *head;
    /** The channel's slots, NULL without a runner or room for them. */
    struct mf_process *slots;
    uint64_t armed_ns;
    /** Whether the program has given up rights or system calls; set by any thread. From then on
     * the library makes no system call that it can avoid, because the kernel could kill the
     * program for it. */
    _Atomic uint32_t shut_in;
    /** Whether it has entered seccomp's strict mode: the kernel then also kills a process that
     * reads the processor's clock. */
    _Atomic uint32_t strict;
    /** What the effect barrier lets through as the sixth argument of a system call: those that
     * hold a child carry it in a forerunner (preload/explore/forerunner.h). 0 = none does. */
    uint32_t pass;
    /** The process that took the latest slot, and its executable's base name. */
    int32_t pid;
    char image[MF_IMAGE_MAX];
    struct mf_process own_slot;
};

extern struct mf_state mf;

static inline bool mf_is_shut_in(void) {
    return atomic_load_explicit(&mf.shut_in, memory_order_relaxed);
}

/** The calling thread's id, or the process's if a system call must be avoided. */
static inline int32_t mf_tid(void) {
    return mf_is_shut_in() ? mf.pid : mf_sys_tid();
}

/** CLOCK_MONOTONIC in ns, as precise as is allowed. */
static inline uint64_t mf_now(void) {
    return atomic_load_explicit(&mf.strict, memory_order_relaxed) ? mf_sys_now_coarse()
                                                                  : mf_sys_now();
}

struct mf_thread {
    /** This thread's counter, if the fast path may count in it; else NULL. */
    struct mf_thread_counter *counter;
    /** The same for the gate of a patched malloc, if all sizes count; else &mf_nobody. Never
     * NULL. */
    struct mf_thread_counter *gate;
    /** This thread's counter; NULL = none yet. */
    struct mf_thread_counter *own;
    /** The stack address at which this thread entered the library (inside.h); 0 = it is
     * outside. */
    _Atomic uintptr_t inside;
    /** Its index by first allocation in this process, from 1; 0 = none yet. */
    uint32_t index;
    /** The kernel's thread id. */
    int32_t tid;
    /** The errno of its latest failed call; 0 = the function's most likely error. */
    int32_t error;
    /** The name of the region that it is in. */
    char region[MF_REGION_MAX];
    /** The serial of the policy that `counts` belong to. */
    uint32_t serial;
    /** The counts of rules that count for each thread. */
    struct mf_count counts[MF_POLICY_RULES_MAX];
    /** Calls of ended leases that the rules have not counted yet. */
    uint64_t uncounted;
};

extern __thread struct mf_thread mf_self;

/** A counter that is always below zero, so that each call is decided singly. */
extern struct mf_thread_counter mf_nobody;

#endif
