// SPDX-License-Identifier: MIT
/** An attempt: one traced run in the surroundings of an exploration, and the defect that
 * it shows. */
#ifndef MF_RUNNER_TRIALS_ATTEMPT_H
#define MF_RUNNER_TRIALS_ATTEMPT_H

#include "runner/run/run.h"
#include "runner/trials/defects.h"
#include "runner/trials/judge.h"

struct attempt {
    /** What is run; its time-out is not ours. */
    const struct job_plan *plan;
    /** NULL = the run is looked at for crashes and hangs only. */
    const struct oracle *oracle;
    /** A file's name, or JSON. */
    const char *policy;
    /** A user's checker; NULL = none. What else the user demands. */
    const char *check;
    struct demands demands;
    /** ns */
    uint64_t timeout_ns;
    /** Whether the deaths of its children count. */
    bool follow;

    /** What follows is filled by attempt_run(). */
    struct policyfile loaded;
    struct run_options options;
    struct run_result result;
    struct capture streams[2];
    struct watch_view files;
    struct leaks leaks;
    /** Its directory; NULL = none of its own. */
    char *directory;
    /** What its end alone says. */
    struct judgement judgement;
};

/**
 * Run it. Signals have been taken.
 *
 * @return
 *         0 on success, else the exit status, with the user told and nothing to destroy.
 */
int attempt_run(struct attempt *attempt, const struct diag *diag);

/**
 * What it showed. Takes the crash out of the result.
 *
 * @return
 *         To be freed or added; its `trial` and `cause` are yet unknown. NULL where it
 *         showed no defect, or memory ran out.
 */
struct defect *attempt_defect(struct attempt *attempt, struct defects *defects);

/**
 * The next fatal signal, from the first one on, as a defect that it would be where a trial
 * ended there; those that the program lived with are among them. As attempt_defect().
 */
struct defect *attempt_next_stop(struct attempt *attempt, struct defects *defects);

/** Release what attempt_run() made. */
void attempt_destroy(struct attempt *attempt);

#endif
