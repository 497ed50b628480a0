// SPDX-License-Identifier: MIT
/** The runner's signals while a target runs: blocked, and taken one by one. */
#ifndef MF_RUNNER_TARGET_SIGNALS_H
#define MF_RUNNER_TARGET_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/** What the runner was started with, for the target to start with too. */
struct signals {
    sigset_t mask;
    struct sigaction child;
    struct sigaction broken_pipe;
};

/** Block what is waited for, and see to it that children and broken pipes are told of. */
void signals_take(struct signals *signals);

/** Forget the signals that came in and were not waited for. */
void signals_drop(void);

/** Put back what signals_take() changed. Safe between fork and exec. */
void signals_restore(const struct signals *signals);

/**
 * Wait for a signal. Those that a target sends, or what came of one, do not count, but
 * for its end: they come neither from the user nor for the target.
 *
 * @span
 *         ns, or CLOCK_NEVER.
 * @return
 *         Its number, or 0 when the time is over.
 */
int signals_wait(uint64_t span);

/** Whether a signal is the user's wish to end. */
bool signals_are_final(int number);

/** Forget what targets have sent. Call before one that has ended is waited for:
 * afterwards it cannot be told any more who that was. */
void signals_sift(void);

/** "SIGSEGV" and the like; "signal N" written into `buffer` where it has no name. */
const char *signals_name(int number, char buffer[32]);

#endif
