// SPDX-License-Identifier: MIT
/** The injection that led to a crash, by the journal. */
#ifndef MF_RUNNER_DIAGNOSE_CAUSE_H
#define MF_RUNNER_DIAGNOSE_CAUSE_H

#include "core/channel/journal.h"
#include "runner/code/modules.h"
#include "runner/crash/facts.h"

struct cause {
    /** Whether there is one. */
    bool any;
    /** The one that is to blame. */
    struct mf_injection injection;
    /** Its frames, by the table of modules that it was found with. */
    struct frame frames[MF_FRAMES_MAX];
    /** How many there were. */
    uint64_t count;
    /** How many in a row, at the end, came from one stack. */
    uint64_t in_a_row;
};

/** Which of several is to blame. */
enum cause_choice {
    /** The last one before the crash. */
    CAUSE_LAST,
    /** The first one: the others follow from it. */
    CAUSE_FIRST,
    /** The same, but the last one where one allocation was tried again and again. */
    CAUSE_FITTING,
};

/**
 * Find it among those of the crashed thread, else of its process, else of any.
 *
 * @modules
 *         Where the modules of its frames are entered.
 */
struct cause cause_find(const struct mf_head *head, const struct crash *crash,
                        enum cause_choice choice, struct modules *modules);

#endif
