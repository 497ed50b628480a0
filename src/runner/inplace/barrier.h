// SPDX-License-Identifier: MIT
/**
 * The effect barrier: the seccomp program that a child submits to for which the target is
 * held.
 *
 * It lets the child compute, read, look at files and write to descriptors 1 and 2, which
 * are captures whose contents and offsets are put back after its end. In front of any
 * other system call the child stops, and the runner decides; see stand_in.h. It counts on
 * what the library makes sure of before: that no writable memory is shared.
 */
#ifndef MF_RUNNER_INPLACE_BARRIER_H
#define MF_RUNNER_INPLACE_BARRIER_H

#include "core/channel/explore.h"
#include "runner/util/helper.h"

/**
 * Begin to build the program for this machine, which takes a few milliseconds.
 *
 * @return
 *         What builds it; NULL with errno on failure.
 */
struct helper *barrier_begin(void);

/** What a child has for its stdout and stderr. */
enum barrier_output {
    /** What its target has. */
    BARRIER_OUTPUT_SAME,
    /** Others: where it asks what they are, the runner has to answer; see output.h. */
    BARRIER_OUTPUT_CAPTURED,
};

/**
 * Put the program into a channel, once it is there.
 *
 * @helper
 *         What builds it; any number of channels can have it. NULL fails.
 * @output
 *         Which files are the child's stdout and stderr.
 * @explore
 *         `barrier` and `barrier_length` are filled; nothing is changed on failure.
 * @return
 *         0 on success, -1 with errno on failure.
 */
int barrier_put(struct helper *helper, enum barrier_output output,
                struct mf_explore *explore);

/** How many places in code can be open. */
#define BARRIER_PLACES 3

/**
 * Let calls pass that come from these places, from the next child on.
 *
 * @places
 *         Addresses right behind the instruction that makes the call; 0 = none.
 */
void barrier_open(struct mf_explore *explore, const uint64_t places[BARRIER_PLACES]);

#endif
