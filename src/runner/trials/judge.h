// SPDX-License-Identifier: MIT
/** The judge: compares a run with the oracle. */
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

/** What the user demands of runs that end by themselves after a failure. */
struct demands {
    /** The statuses that are right where a failure was handled, as "1,2"; NULL = any. */
    const char *status;
    /** An extended regular expression for a line of stderr then; NULL = none. */
    const char *message;
    /** Whether a failure must show, and is to be the last allocation. */
    bool strict;
};

/** Which of them a run does not meet. */
enum demand {
    DEMANDS_MET,
    DEMAND_STATUS,
    DEMAND_MESSAGE,
    DEMAND_SHOW,
    DEMAND_END,
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
    /** What the user demands and the run does not. */
    enum demand missed;
    /** A user's command was asked; and it said neither, see judge_by_command(). */
    bool checked, unchecked;
};

/** Judge a run. */
struct judgement judge_end(const struct end *end, const struct oracle *oracle);

/** Judge a run by what needs no clean one: a fatal signal, or a report of a fault. What ends
 * without is tolerated. */
enum outcome judge_alone(const struct end *end);

/** Whether a text is a list of statuses; whether one is an expression for messages. */
bool demands_is_status(const char *text);
bool demands_is_message(const char *text);

/**
 * Hold a run that ended by itself against what the user demands. Where it does not meet
 * that, it is silent.
 *
 * @went_on
 *         Whether it made allocations after the first failure.
 */
void judge_by_demands(struct judgement *judgement, const struct end *end,
                      const struct demands *demands, bool went_on);

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
