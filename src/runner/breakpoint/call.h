// SPDX-License-Identifier: MIT
/** One call that has stopped at a gate: does it fail? What the library asks inside, asked
 * outside, with the same answers. */
#ifndef MF_RUNNER_BREAKPOINT_CALL_H
#define MF_RUNNER_BREAKPOINT_CALL_H

#include "runner/breakpoint/served.h"

/**
 * Decide it, count it, and write down what is to be known of it.
 *
 * @which
 *         Which of the patches it has stopped at.
 * @return
 *         Whether it is to fail.
 */
bool call_fails(struct served_run *run, struct served_thread *thread, unsigned which,
                const struct machine_stop *stop);

#endif
