// SPDX-License-Identifier: MIT
/** The runner's side of a forerunner: the copy of a target that is held at its points in its
 * place, behind the effect barrier; see preload/explore/forerunner.h. */
#ifndef MF_RUNNER_INPLACE_FORERUNNER_H
#define MF_RUNNER_INPLACE_FORERUNNER_H

#include "runner/inplace/enclosed.h"
#include "runner/run/timelimit.h"

struct inplace;

struct forerunner {
    /** 0 = there is none. */
    pid_t pid;
    struct timelimit time;
    struct enclosed enclosed;
    /** How often it was stopped since its latest child. */
    unsigned stops;
    /** Whether it has ended, and its last child has not. */
    bool gone;
};

/** Whether a process that nothing was heard of is the forerunner of a target. */
bool forerunner_is(const struct held *held, pid_t pid);

/** It shows up. */
void forerunner_meet(struct inplace *inplace, struct held *held, pid_t pid);

/** It stands still in front of a signal: the barrier's, or it ends. */
void forerunner_stops(struct held *held, const struct tracee_event *event);

/** It has ended: let the target go on, behind the forerunner's last child. */
void forerunner_ends(struct held *held);

/** Its child has ended: the target goes on if the forerunner has, too. */
void forerunner_follow(struct held *held);

/** End it where its time is over, which is measured by a clean run's, or in any case. How
 * much time is left, in ns. */
uint64_t forerunner_press(struct held *held, uint64_t clean_ns, bool all);

#endif
