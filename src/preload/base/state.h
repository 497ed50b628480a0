// SPDX-License-Identifier: MIT
/**
 * The library's static state, and its one thread-local object. What every call reads is
 * apart (hot.h); the bootstrap arena is, too.
 *
 * Everything in `mf` is written while the library starts (one thread) or by a child of a
 * fork before anything else runs in it; later writers say so at the field.
 */
#ifndef MF_PRELOAD_BASE_STATE_H
#define MF_PRELOAD_BASE_STATE_H

#include "core/channel/account.h"
#include "core/channel/mix.h"
#include "core/policy/plan.h"
#include "preload/base/sys.h"
#include "preload/explore/descriptors.h"
#include "preload/explore/sharing.h"
#include "preload/pages/pages.h"
#include "preload/stack/frames.h"
#include "preload/stack/modules.h"
#include "preload/stack/sites.h"

#include <linux/filter.h>

#define mf_likely(condition)   __builtin_expect(!!(condition), 1)
#define mf_unlikely(condition) __builtin_expect(!!(condition), 0)

/** The gate's states. */
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

/**
 * A policy that holds or has held, and all that follows from it alone. Its counts are in
 * the process's tally of the same index.
 */
struct mf_active_policy {
    struct mf_plan plan;
    /** When the times of its rules begin: CLOCK_MONOTONIC in ns. */
    uint64_t begun_ns;
    /** Policies are numbered as they come, from 1. */
    uint32_t serial;
    /** The `rule` of its injections, where it is not the first. */
    uint32_t origin;
    /** The sequence of the control that it came by; 0 = in another way. */
    uint32_t control;
    /** What the process had seen and failed before. */
    uint64_t seen_before, failed_before;
    struct mf_sites sites;
    struct mf_policy policy;
};

/** The library's half of an exploration; see explore.h and hold.h. */
struct mf_exploration {
    /** enum mf_explore_mode, as it was when the library started. */
    uint32_t mode;
    int32_t runner;
    /** Arrays in the channel's file, mapped by the target's first process only. */
    uint64_t *ids, ids_room;
    struct mf_stack *stacks;
    uint64_t stacks_room;
    struct mf_frame *frames;
    uint64_t frames_room;
    /** Mapped by all. */
    struct mf_record *records;
    uint64_t records_room;
    struct mf_point *points;
    uint64_t points_count;
    /** Whether the program has given up rights or calls; set by any thread. From then on
     * the library makes no call that it can do without: one could be its death. */
    _Atomic uint32_t shut_in;
    /** Whether seccomp's strict mode was among that: the kernel then kills whoever reads
     * the processor's clock, too. */
    _Atomic uint32_t strict;
    /** In a child for which the target is held: its account, and whether all that it
     * asks for fails. */
    struct mf_child *child;
    bool persistent;
    /** What was open at the latest point. */
    struct mf_descriptors descriptors;
    struct sock_filter barrier[MF_BARRIER_MAX];
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
    /** glibc's __libc_single_threaded; NULL where there is none. */
    const char *single_threaded;
    /** Whether live blocks are added up. */
    bool heap_counted;
    _Atomic int64_t live_heap;
    /** Index of the regime that holds; see regime.h for who may write. */
    _Atomic uint32_t present;
    /** The thread that is about to replace it; 0 = none. */
    _Atomic uint32_t replacing;
    /** The latest serial, and the last sequence of the control that was looked at. */
    uint32_t serial;
    _Atomic uint32_t control;
    /** Per regime, how many threads without a lane are deciding by it. */
    _Atomic uint32_t strangers[MF_TALLIES];
    /** The shared head, NULL without a runner. */
    struct mf_head *head;
    /** The account of live blocks, mapped where it is kept. */
    struct mf_account *account;
    /** The channel's slots, NULL without a runner or room for them. */
    struct mf_process *slots;
    uint64_t armed_ns;
    /** Whether the thread-exit hook is there, and its key. */
    bool exit_hooked;
    unsigned exit_key;
    struct mf_modules modules;
    struct mf_frames frames;
    struct mf_sharing sharing;
    struct mf_exploration exploration;
    struct mf_pages pages;
    /** [0] is what the process was started with. */
    struct mf_active_policy active_policies[MF_TALLIES];
    /** The process that took the latest slot, and its executable's base name. */
    int32_t pid;
    char image[MF_IMAGE_MAX];
    struct mf_process own_slot;
};

extern struct mf_state mf;

static inline bool mf_is_shut_in(void) {
    return atomic_load_explicit(&mf.exploration.shut_in, memory_order_relaxed);
}

/** The calling thread's id; where it may not be asked for, the process's. */
static inline int32_t mf_tid(void) {
    return mf_is_shut_in() ? mf.pid : mf_sys_tid();
}

/** The time, as precise as may be known. */
static inline uint64_t mf_now(void) {
    return atomic_load_explicit(&mf.exploration.strict, memory_order_relaxed)
               ? mf_sys_now_coarse()
               : mf_sys_now();
}

/** The regime that holds. */
static inline struct mf_active_policy *mf_active_policy_now(void) {
    return &mf.active_policies[atomic_load_explicit(&mf.present, memory_order_acquire)];
}

/** A regime's index, which is its tally's. */
static inline uint32_t mf_active_policy_index(const struct mf_active_policy *active) {
    return (uint32_t)(active - mf.active_policies);
}

/** The two entries that a return address can be in. */
static inline struct mf_frames_entry *mf_frames_set(uintptr_t address) {
    return mf.frames.sets[(address * MF_MIX_STEP) >> 40 & (MF_FRAMES_SETS - 1)];
}

/** Ask for a return address. An answer holds until its module goes. */
static inline void mf_frames_find(uintptr_t address, struct mf_known_frame *known) {
    const struct mf_frames_entry *set = mf_frames_set(address);
    if (!mf_frames_read(&set[0], address, known) &&
        !mf_frames_read(&set[1], address, known)) {
        mf_frames_work_out(address, known);
    }
}

/** The entry of the block that begins in a page of the page allocator's arena. */
static inline struct mf_block *mf_block_at(uint32_t page) {
    return &((struct mf_block *)mf.pages.heap.table)[page / 2];
}

/** What a thread has asked for itself; see session.h. */
struct mf_session {
    /** enum mallocfail_which, or MF_SESSION_OFF. */
    uint32_t which;
    uint64_t n;
    /** Allocations since, and how many of them failed. */
    uint64_t seen, failed;
    /** A word in the loop's frame, and what it holds while the loop lives; NULL = none.
     */
    const uint64_t *guard;
    uint64_t token;
};

struct mf_thread {
    /** This thread's lane, where the hot path may count in it; else NULL. */
    struct mf_thread_counter *counter;
    /** This thread's lane; NULL = none yet. */
    struct mf_thread_counter *own;
    struct mf_session session;
    /** How often the thread has paused; 0 = not. */
    uint32_t paused;
    /** The serial of the policy that `counts` are of. */
    uint32_t serial;
    /** What it calls the part it is in. */
    char region[MF_REGION_MAX];
    /** Where on the stack this thread went inside the library (inside.h); 0 = it is
     * outside. */
    _Atomic uintptr_t inside;
    /** Its index by first allocation in this process, from 1; 0 = none yet. */
    uint32_t index;
    /** Kernel's thread id. */
    int32_t tid;
    /** What it writes trace events with, NULL = nothing yet; see writer.h. */
    struct mf_writer *writer;
    /** Its index and its id in the trace, 0 = none yet. */
    uint32_t recorded_as;
    int32_t recorded_tid;
    /** Per rule, where a rule counts by thread. */
    struct mf_count counts[MF_POLICY_RULES_MAX];
};

extern __thread struct mf_thread mf_self;

#endif
