// SPDX-License-Identifier: MIT
/** A process behind the effect barrier, and its stops there. */
#ifndef MF_RUNNER_INPLACE_ENCLOSED_H
#define MF_RUNNER_INPLACE_ENCLOSED_H

#include "runner/inplace/stand_in.h"
#include "runner/target/tracee.h"

struct held;

struct enclosed {
    /** Whether it is making a system call that the runner supervises, and that call. */
    bool stepping;
    struct registers_call call;
    /** The system call because of which the barrier ended it; "" = none. */
    char barred[BARRED_NAME_MAX];
};

/** What a stop is. */
enum enclosed_stop {
    /** None of the barrier's. */
    ENCLOSED_OTHER,
    /** The barrier's; the process goes on. */
    ENCLOSED_SEEN_TO,
    /** The barrier's; the process has to end, and stands still. */
    ENCLOSED_ENDS,
};

/** See to a stop in front of a signal, if it is the barrier's. */
enum enclosed_stop enclosed_stops(struct enclosed *enclosed, struct held *held,
                                  const struct tracee_event *event);

#endif
