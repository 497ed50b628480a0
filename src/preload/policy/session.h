// SPDX-License-Identifier: MIT
/**
 * A session: what a thread has asked for its own allocations (mallocfail.h). While there
 * is one, the thread's fast path has no counter, so all its calls come to the gate; other
 * threads do not notice.
 */
#ifndef MF_PRELOAD_POLICY_SESSION_H
#define MF_PRELOAD_POLICY_SESSION_H

#include "preload/base/state.h"
#include "preload/call/call.h"

/** In place of enum mallocfail_which: no session. */
#define MF_SESSION_OFF 0
/** What is added to an enum mallocfail_which. */
#define MF_SESSION_ON 1
/** Likewise: the session's gaps say which fail. */
#define MF_SESSION_SEEDED 16
/** The most gaps. */
#define MF_SESSION_GAPS_MAX 32

struct mf_session {
    /** enum mallocfail_which and MF_SESSION_ON, or MF_SESSION_OFF. */
    uint32_t which;
    /** How often the thread has paused; 0 = not. */
    uint32_t paused;
    uint64_t n;
    /** Allocations since, and how many of them failed. */
    uint64_t seen, failed;
    /** A word in the loop's frame, and what it holds while the loop lives;
     * NULL = none. */
    const uint64_t *guard;
    uint64_t token;
    /** Where a seed decides: how many allocations pass before each failure, and which of the
     * gaps is next; `n` is the number of the allocation at its end. */
    uint32_t gap_count, gap_next;
    unsigned char gaps[MF_SESSION_GAPS_MAX];
};

/** The calling thread's. */
extern __thread struct mf_session mf_session;

/** Whether the calling thread's calls are none of the policy's business. */
static inline bool mf_session_holds(void) {
    return mf_unlikely(mf_session.which != MF_SESSION_OFF || mf_session.paused > 0);
}

/** Decide a call by what the thread has asked for; whether it passes. */
bool mf_session_passes(struct mf_process *process, struct mf_interposed_call *call);

/** Begin one, with counts from 0; it lasts until mf_session_stop(). */
void mf_session_begin(uint32_t which, uint64_t n);

/** Begin one whose failures such bytes decide: mallocfail_seed(). */
void mf_session_seed(const unsigned char *bytes, size_t length);

/**
 * Have the session end, too, when a word of the thread's stack loses its value: the frame
 * that it is in was left by longjmp() then.
 */
void mf_session_guard(uint64_t *word);

/** End it. Its counts stay. */
void mf_session_stop(void);

#endif
