// SPDX-License-Identifier: MIT
/** The injection that a crash comes of, by the journal. */
#ifndef MF_RUNNER_DIAGNOSE_CAUSE_H
#define MF_RUNNER_DIAGNOSE_CAUSE_H

#include "core/channel/journal.h"
#include "runner/crash/facts.h"

struct cause {
    /** Whether there is one. */
    bool any;
    /** The last one before the crash, which is to blame. */
    struct mf_injection injection;
    /** How many there were. */
    uint64_t count;
    /** How many in a row, at the end, came from one stack. */
    uint64_t in_a_row;
};

/** Find it: the last one of the crashed thread, else of its process, else of any. */
struct cause cause_find(const struct mf_head *head, const struct crash *crash);

#endif
