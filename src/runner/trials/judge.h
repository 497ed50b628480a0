// SPDX-License-Identifier: MIT
/** The judge: compares a run with the oracle. */
#ifndef MF_RUNNER_TRIALS_JUDGE_H
#define MF_RUNNER_TRIALS_JUDGE_H

#include "runner/diagnose/outcome.h"
#include "runner/diagnose/sanitizer.h"
#include "runner/trials/oracle.h"
#include "runner/trials/trial.h"

/** The end of a run. */
struct end {
    /** The status, as from wait(). */
    int status;
    bool timed_out;
    /** SIGXFSZ came of the program itself; see filelimit_breaks(). */
    bool own_size;
    /** It was cut off at the horizon and did not end by itself. */
    bool cut;
    /** Its stdout and stderr. */
    const struct capture *streams;
    /** The run's directory; NULL = none of its own. */
    const char *directory;
    /** The status of another process of the target that crashed; 0 = none did. */
    int child;
    /** The watched files; NULL = not examined. */
    const struct watch_view *files;
    /** The blocks that it held; NULL = not examined. Blocks that a clean run leaves, too, are
     * removed from it. */
    struct leaks *leaks;
    /** For a server: a judgement that was made already; NULL = judge by the end. */
    const struct judgement *given;
};

/** The user's requirements for runs that end by themselves after a failure. */
struct demands {
    /** The allowed statuses if a failure was handled, as "1,2"; NULL = any. */
    const char *status;
    /** An extended regular expression that a line of stderr must match then; NULL = none. */
    const char *message;
    /** Whether a failure must change the result, and must be the last allocation. */
    bool strict;
};

/** The requirement that a run does not meet. */
enum demand {
    DEMANDS_MET,
    DEMAND_STATUS,
    DEMAND_MESSAGE,
    DEMAND_SHOW,
    DEMAND_END,
};

struct judgement {
    enum outcome outcome;
    /** What went wrong, if there is no crash: the rest of a sentence that begins "after
     * malloc(1) failed, ". "" = the outcome says enough. */
    char words[120];
    /** It hung because its output did not end. */
    bool runaway;
    /** The outcome follows from a comparison of its output with clean runs. */
    bool by_output;
    /** The command of --check says that the run is wrong. */
    bool by_checker;
    /** The requirement that it does not meet. */
    enum demand missed;
    /** The command of --check has run; and it did not judge, see judge_by_command(). */
    bool checked, unchecked;
};

/** Judge a run. */
struct judgement judge_end(const struct end *end, const struct oracle *oracle);

/** Whether it is known if it leaks; for one that has been judged, and where leaks are looked for. */
enum leaking judge_leaking(const struct end *end, const struct oracle *oracle,
                           const struct channel *channel);

/** Whether there is a sanitizer's report anywhere in what was written, for a program that goes on
 * may write much behind it; and from where on it is to be read. */
bool judge_find_report(const struct capture *stream, uint64_t *from);

/** Read the different reports. If there is too much to read, or memory runs out, there seem to be
 * more. */
void judge_read_reports(struct sanitizer_reports *reports, const struct capture *stream);

/** Judge a run without a clean run, by a fatal signal or a sanitizer's report. If there is
 * neither, it is tolerated. */
enum outcome judge_alone(const struct end *end);

/** Whether a text is a list of statuses; whether one is an expression for messages. */
bool demands_is_status(const char *text);
bool demands_is_message(const char *text);

/**
 * Compare a run that ended by itself with the user's requirements. If it does not meet them, its
 * outcome is silent.
 *
 * @went_on
 *         Whether it made allocations after the first failure.
 */
void judge_by_demands(struct judgement *judgement, const struct end *end,
                      const struct demands *demands, bool went_on);

/**
 * Let a user's command judge a run that ended by itself. Exit status 1 means that the run is
 * wrong: the outcome becomes silent, whatever it was; 0 means that it is fine: silent becomes
 * tolerated. With any other exit status the outcome does not change.
 *
 * @head
 *         The head of the run's channel; the command gets the first failed allocation from it.
 * @command
 *         Run by a shell; environment variables name the outputs.
 */
void judge_by_command(struct judgement *judgement, const struct end *end,
                      const struct mf_head *head, const char *command,
                      const struct signals *signals);

/** Tell that a signal has ended a clean run, and what a sanitizer said before. */
void judge_tell_killed(const struct job *job, const struct diag *diag);

#endif
