// SPDX-License-Identifier: MIT
/**
 * How long a traced thread stood still because this thread waited for a processor.
 *
 * That is not the traced thread's time. But while this thread waits, the other one may also
 * run, or wait for a processor itself. So no more counts than the time in which it did
 * neither: on a busy machine each look at a running thread makes this one wait anew, and a
 * time limit that grew by all of it would never be reached.
 */
#ifndef MF_RUNNER_TARGET_WAITING_H
#define MF_RUNNER_TARGET_WAITING_H

#include "runner/target/procfile.h"

#include <stdint.h>

struct waiting {
    uint64_t since_ns;
    /** How long this thread had waited until then, and what the other one had had. */
    uint64_t waited_ns;
    struct procfile_share share;
};

/** Account begins, of a thread that has had so much. */
void waiting_begin(struct waiting *waiting, const struct procfile_share *share);

/**
 * How long the thread has stood still since then while this one waited.
 *
 * @share
 *         What it has had by now. Of another thread than at the beginning it is not known
 *         whether it ran.
 * @return
 *         ns
 */
uint64_t waiting_stood_still(const struct waiting *waiting,
                             const struct procfile_share *share);

#endif
