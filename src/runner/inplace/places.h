// SPDX-License-Identifier: MIT
/** What the runner has learnt from the system calls of a target's children, for the next ones. */
#ifndef MF_RUNNER_INPLACE_PLACES_H
#define MF_RUNNER_INPLACE_PLACES_H

#include "runner/crash/registers.h"
#include "runner/inplace/symbolizer.h"
#include "runner/util/capture.h"

#include <stdbool.h>
#include <stdint.h>

/** Where children of a target asked for their numbers the last time: raise() of the C
 * library does so to send itself a signal, and may have the child's own. */
struct stand_in_places {
    /** Whether a child may read of /proc what is about itself: sanitizers do for their
     * reports, and what it writes is not judged. */
    bool reads_proc;
    /** What its stdout and stderr are instead of its target's; NULL = they are the same. */
    const struct capture *captures;
    /** Addresses behind the calls in raise(); 0 = none asked. Where raise() calls getpid(),
     * it is the address that this returns to. */
    uint64_t gettid, getpid, tgkill;
    /** The address behind the system call that asked for the process id: in raise(), or in
     * getpid(). Programs come to the library's getpid() instead. */
    uint64_t number;
    /** Whether one has sent itself a signal right behind those: they stay as they are. */
    bool raises;
    struct symbolizer_places symbolizer;
};

/** Take note of where a call comes from. */
void places_note(struct stand_in_places *places, const struct registers_call *call);

/** Whether a call of getpid() returns to raise(). */
bool places_raise(const struct stand_in_places *places,
                  const struct registers_call *call);

#endif
