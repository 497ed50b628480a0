// SPDX-License-Identifier: MIT
/** Leaks in a suite: what children leave is kept until their process is about to end, and then
 * compared with what that leaves (--leaks). */
#ifndef MF_RUNNER_SUITE_LEAVERS_H
#define MF_RUNNER_SUITE_LEAVERS_H

#include "runner/inplace/remains.h"
#include "runner/suite/desks.h"

struct leavers {
    /** What children have left; NULL = nobody asks for leaks. */
    struct remains *remains;
    struct mf_suite *suite;
    const struct mf_head *head;
};

/** Begin, before the suite is started; 0 on success, -1 with errno and nothing to end. */
int leavers_begin(struct leavers *leavers, struct desks *desks);

/** See to the processes that wait to end. */
void leavers_attend(struct leavers *leavers);

/** Forget what is still kept: it is not known of it whether it is too much. */
void leavers_end(struct leavers *leavers);

#endif
