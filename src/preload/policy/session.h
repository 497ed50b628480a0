// SPDX-License-Identifier: MIT
/**
 * A session: what a thread has asked for its own allocations (mallocfail.h). While there
 * is one, the thread's hot path has no lane, so all its calls come to the gate; other
 * threads do not notice.
 */
#ifndef MF_PRELOAD_POLICY_SESSION_H
#define MF_PRELOAD_POLICY_SESSION_H

#include "preload/call/visit.h"

/** In place of enum mallocfail_which: no session. */
#define MF_SESSION_OFF 0
/** What is added to an enum mallocfail_which. */
#define MF_SESSION_ON 1

/** Whether the calling thread's calls are none of the policy's business. */
static inline bool mf_session_holds(void) {
    return mf_unlikely(mf_self.session.which != MF_SESSION_OFF || mf_self.paused > 0);
}

/** Decide a call by what the thread has asked for; whether it passes. */
bool mf_session_pass(struct mf_process *process, struct mf_visit *visit);

/** Begin one, with counts from 0; it lasts until mf_session_stop(). */
void mf_session_begin(uint32_t which, uint64_t n);

/**
 * Have the session end, too, when a word of the thread's stack loses its value: the frame
 * that it is in was left by longjmp() then.
 */
void mf_session_guard(uint64_t *word);

/** End it. Its counts stay. */
void mf_session_stop(void);

#endif
