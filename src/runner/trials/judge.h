// SPDX-License-Identifier: MIT
/** What a run did, held against the oracle. */
#ifndef MF_RUNNER_TRIALS_JUDGE_H
#define MF_RUNNER_TRIALS_JUDGE_H

#include "runner/diagnose/outcome.h"
#include "runner/trials/oracle.h"

/** The end of a run. */
struct end {
    /** wait()'s. */
    int status;
    bool timed_out;
    /** It was cut off at the horizon and did not end by itself. */
    bool cut;
    /** Its stdout and stderr. */
    const struct capture *streams;
    /** The run's directory; NULL = none of its own. */
    const char *directory;
    /** wait()'s of another process of the target that crashed; 0 = none did. */
    int child;
    /** The watched files; NULL = nobody looked. */
    const struct watch_view *files;
    /** The blocks it held; NULL = nobody looked. What is forgiven is taken out. */
    struct leaks *leaks;
    /** Of a server: the judgement on it, which its own end does not give; NULL = it does. */
    const struct judgement *given;
};

struct judgement {
    enum outcome outcome;
    /** What it did wrong, for what no crash shows: a sentence that goes on from "after
     * malloc(1) failed, ". "" = the outcome tells. */
    char words[120];
    /** It did not stand still: output without end. */
    bool runaway;
    /** The outcome follows from what it wrote, held against clean runs. */
    bool by_output;
    /** A user's command says that it is wrong. */
    bool by_checker;
    /** A user's command was asked and said neither; see judge_by_command(). */
    bool unchecked;
};

/** Judge a run. */
struct judgement judge_end(const struct end *end, const struct oracle *oracle);

/**
 * Have a user's command judge a run that ended by itself. Where it says that the run is
 * wrong, that is silent, whatever the run said of it; where it says that it is fine, a
 * silent one is tolerated. With any other exit status the outcome stays.
 *
 * @head
 *         Of the run's channel: what failed first is told.
 * @command
 *         For a shell; finds the outputs by the environment.
 */
void judge_by_command(struct judgement *judgement, const struct end *end,
                      const struct mf_head *head, const char *command,
                      const struct signals *signals);

#endif
