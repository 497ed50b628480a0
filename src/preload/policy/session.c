// SPDX-License-Identifier: MIT
#include "preload/policy/session.h"

#include "core/policy/mix.h"
#include "countdown.h"
#include "mallocfail.h"
#include "preload/base/counting.h"
#include "preload/base/sys.h"
#include "preload/policy/thread_counters.h"

#include <string.h>

__thread struct mf_session mf_session;

void mf_session_begin(uint32_t which, uint64_t n) {
    // A pause that longjmp() left behind ends here, too: it must not keep the tests that
    // follow from failing.
    mf_session = (struct mf_session){.which = which + MF_SESSION_ON, .n = n};
    mf_count_in(NULL);
}

/** A gap that ends without a failure. */
#define GAP_OPEN 255

/** Find the next allocation that is to fail; 0 = none. */
static void take_gap(struct mf_session *session) {
    uint64_t n = session->n;
    session->n = 0;
    while (session->gap_next < session->gap_count) {
        unsigned gap = session->gaps[session->gap_next++];
        n += gap;
        if (gap != GAP_OPEN) {
            session->n = n + 1;
            return;
        }
    }
}

void mf_session_seed(const unsigned char *bytes, size_t length) {
    mf_session_begin(MF_SESSION_SEEDED - MF_SESSION_ON, 0);
    struct mf_session *session = &mf_session;
    session->gap_count =
        (uint32_t)(length < MF_SESSION_GAPS_MAX ? length : MF_SESSION_GAPS_MAX);
    memcpy(session->gaps, bytes, session->gap_count);
    take_gap(session);
}

/** Whether the seed makes the latest allocation fail. */
static bool fails_by_seed(struct mf_session *session) {
    if (session->seen != session->n) {
        return false;
    }
    take_gap(session);
    return true;
}

void mf_session_guard(uint64_t *word) {
    *word = mf_mix(mf_now() ^ (uintptr_t)word);
    mf_session.guard = word;
    mf_session.token = *word;
}

void mf_session_stop(void) {
    mf_session.which = MF_SESSION_OFF;
    mf_session.guard = NULL;
}

/** Count a call that no policy is asked about. */
static void count(struct mf_process *process) {
    struct mf_thread_counter *counter = mf_thread_counter_mine(process);
    mf_count_in(NULL);
    if (atomic_load_explicit(&mf.stage, memory_order_relaxed) != MF_ARMED) {
        atomic_fetch_add_explicit(&process->early, 1, memory_order_relaxed);
    } else if (counter) {
        mf_count_up(&counter->passed);
    } else {
        atomic_fetch_add_explicit(&process->stray, 1, memory_order_relaxed);
    }
}

/** Whether the session makes its latest allocation fail. */
static bool fails(struct mf_session *session) {
    if (session->which == MF_SESSION_SEEDED) {
        return fails_by_seed(session);
    }
    switch (session->which - MF_SESSION_ON) {
    case MALLOCFAIL_NTH:
        return session->seen == session->n;
    case MALLOCFAIL_EVERY:
        return session->seen % session->n == 0;
    case MALLOCFAIL_FROM:
        return session->seen >= session->n;
    default:
        return false;
    }
}

/** Whether the loop that began the session is gone. */
static bool is_orphaned(const struct mf_session *session) {
    return session->guard && *session->guard != session->token;
}

bool mf_session_passes(struct mf_process *process, struct mf_interposed_call *call) {
    struct mf_session *session = &mf_session;
    count(process);
    if (mf_session.paused > 0 ||
        !(MF_FUNCTIONS_DEFAULT & MF_FUNCTION_BIT(call->facts.function))) {
        return true;
    }
    if (is_orphaned(session)) {
        mf_session_stop();
        return true;
    }
    session->seen++;
    if (!fails(session)) {
        return true;
    }
    session->failed++;
    mf_call_record(call, process, MF_RULE_PROGRAM, mf_process_seen(process));
    return false;
}
