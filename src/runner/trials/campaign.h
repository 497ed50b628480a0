// SPDX-License-Identifier: MIT
/** A campaign: the data that all steps of an exploration share. */
#ifndef MF_RUNNER_TRIALS_CAMPAIGN_H
#define MF_RUNNER_TRIALS_CAMPAIGN_H

#include "runner/code/unpack.h"
#include "runner/crash/view.h"
#include "runner/diagnose/retries.h"
#include "runner/points/wrappers.h"
#include "runner/run/pools.h"
#include "runner/run/preflight.h"
#include "runner/run/unseen.h"
#include "runner/target/tree.h"
#include "runner/trials/barred.h"
#include "runner/trials/commands.h"
#include "runner/trials/glimpses.h"
#include "runner/trials/judge.h"
#include "runner/trials/progress.h"
#include "runner/trials/sightings.h"
#include "runner/trials/trial.h"
#include "runner/util/diag.h"
#include "runner/util/helper.h"

#include <jansson.h>

/** Maximum number of jobs at a time. */
#define CAMPAIGN_JOBS_MAX 64

struct suppressions;

enum strategy {
    STRATEGY_AUTO,
    STRATEGY_IN_PLACE,
    STRATEGY_FRESH,
};

/** The user's options. */
struct campaign_options {
    /** PROGRAM and its arguments. */
    char **argv;
    /** The arguments of `--allocation`. */
    const char *const *named;
    size_t named_count;
    /** Resource functions that fail in addition to allocations. */
    mf_functions also;
    const char *arm;
    /** NULL = none. */
    const char *input, *prepare, *check;
    bool scratch;
    /** Watched files. */
    const char **watch;
    size_t watch_count;
    /** One more than the enum mf_allocator that the program uses; 0 = the usual one. */
    uint32_t allocator;
    enum strategy strategy;
    /** A set of 1 << enum trial_mode. */
    unsigned modes;
    struct points_choice choice;
    unsigned jobs;
    /** Whether fresh trials run one at a time, because they share files. */
    bool serial;
    /** The exit status if nothing was tested. */
    int nothing;
    /** 0 = no budget; a time-out derived from the oracle; no maximum. */
    uint64_t budget_ns, timeout_ns, max;
    /** The results directory, and the file of known findings; NULL = none. */
    const char *directory, *baseline;
    /** Earlier results to continue from; NULL = none. */
    const char *resume;
    bool update_baseline;
    /** Files of suppressions; the modules whose defects count, none = all; and whether to print
     * a suppression for each finding. */
    const char **ignore, **broke_in;
    size_t ignore_count, broke_in_count;
    bool print_suppressions;
    /** Whether to look for leaks. */
    bool leaks;
    /** Whether processes that PROGRAM starts are tested, too. */
    bool follow;
    /** Whether aborts count as defects. */
    bool aborts;
    /** Requirements for runs that end by themselves. */
    struct demands demands;
    /** Whether points are only listed. */
    bool list;
};

/** Further indices of `unsuited`, after those of enum mf_point_state. */
enum campaign_reason {
    /** It may have written a watched file. */
    CAMPAIGN_WATCH = MF_POINT_SKIPPED + 1,
    /** The allocation with this number had another stack. */
    CAMPAIGN_MOVED,
    /** The suite ended first; or it did not run the trial to its end. */
    CAMPAIGN_ENDED,
    CAMPAIGN_CUT,
    /** A wanted module asked for it through a wrapper, which was found when the suite had
     * ended. */
    CAMPAIGN_WRAPPED,
    /** The effect barrier stopped it. */
    CAMPAIGN_BARRIER,
    /** It met a limit of its own on the size of files, where its output was captured. */
    CAMPAIGN_FILE_LIMIT,
    CAMPAIGN_REASONS,
};

/** A server under test, apart from its trials. */
struct served {
    /** The user's commands; no `health` = a drive in which nothing fails. */
    const char *ready, *drive, *health;
    /** How long it may take to be ready. */
    uint64_t ready_ns;
    /** How long it took to be ready, and how long a drive takes. */
    uint64_t started_ns, drive_ns;
    /** Number of allocations in the first drive in which nothing failed. */
    uint64_t allocations;
    /** How often it was started and driven, and how often its health was checked. */
    uint64_t starts, drives, checks;
    /** Number of stacks that were seen only before it was ready, only between drives, and only
     * after a failure. */
    size_t before_ready, between, after_failure;
    /** Number of stacks that no drive reached again. */
    size_t not_again;
    /** How often it broke in a drive before anything failed in it. */
    size_t belated;
};

/** How far trials run: number of allocations after the failure, and time; see horizon.h. */
struct horizon {
    uint64_t allocations, time_ns;
};

/** What is said where its `input_unread` is set. */
#define CAMPAIGN_INPUT_UNREAD                                                            \
    "the program does not get standard input: --input FILE gives it one"

struct campaign {
    const struct campaign_options *options;
    const struct diag *diag;
    const struct preflight *preflight;
    struct job_plan plan;
    struct watch watch;
    struct signals signals;
    struct oracle oracle;
    /** Whether standard input had something that the program, which gets an empty one, did not
     * read. */
    bool input_unread;
    /** Allocators that failures do not reach, and kinds of errors that builds do not detect. */
    struct pools unreached;
    struct unseen_list unseen;
    /** Number of programs of a suite whose files were not all examined, for lack of time. */
    size_t not_looked_at;
    struct wrappers wrappers;
    struct points points;
    /** In the order in which they are to be tried. */
    struct trial *trials;
    size_t trial_count;
    /** Trials are made and tried in turns. How many of the trials belong to turns that have
     * begun; the end of each turn, and the next turn. Trials of later turns do not exist yet:
     * `point_count` points have become trials so far, and `wanted` trials there will be. */
    size_t due;
    size_t *turns;
    size_t turn_count, turn;
    size_t point_count, wanted;
    /** How many failures are planned, including those of other parts (--shard) and those
     * beyond --max; and how many of them are second failures of pairs. */
    size_t planned, planned_pairs;
    size_t done;
    /** How many were run, but their failure was not reached: these are not tried. How many
     * others were reached only when they were run again alone, and how many were run so. */
    size_t missed, reached_alone, run_alone;
    /** Whether missed trials are run again: one at a time, and with no process of the target
     * that is left from other runs. */
    bool alone;
    /** All processes of the target; NULL = others look after them. */
    const struct tree *tree;
    /** How a clean run after missed trials was, compared with the first one. */
    enum campaign_after {
        /** There was none. */
        CAMPAIGN_AFTER_UNKNOWN,
        CAMPAIGN_AFTER_SAME,
        /** It ended differently, or made another number of allocations. */
        CAMPAIGN_AFTER_MOVED,
        /** It did, as clean runs did from the beginning. */
        CAMPAIGN_AFTER_VARIES,
    } after;
    /** How many of those that are done came from earlier results. */
    size_t resumed;
    /** The causes in the earlier results, of which one trial each is repeated; and the earlier
     * findings. */
    uint64_t *resumed_causes;
    size_t resumed_cause_count;
    json_t *resumed_findings;
    /** How many trials were done in place, and how many results were inferred. */
    size_t in_place, inferred;
    /** Of a suite: the ends of trials that are their processes' own, each with its name and the
     * number of trials; NULL = not yet known. */
    json_t *own_ends;
    /** Call sites whose children the effect barrier ended. */
    struct barred barred;
    /** How many trials in place were repeated fresh, and how many of these had the same
     * outcome. */
    size_t audited, audits_agreed;
    /** How many trials could not be done in place, by enum mf_point_state and enum
     * campaign_reason. */
    size_t unsuited[CAMPAIGN_REASONS];
    /** Number of failures, placed by number, that came at another stack than in the clean runs,
     * or not at all. */
    size_t moved;
    /** Number of trials that were silent, but not when they were repeated. */
    size_t wavering;
    /** Number of trials that SIGKILL ended, but not when they were repeated. */
    size_t killed_once;
    /** Number of runs given to the user's checker (--check), and number of these that it did
     * not judge. */
    size_t checked, unchecked;
    /** Why no more trials are done in place, in words; NULL = they are. */
    const char *not_in_place;
    uint64_t started_ns, until_ns;
    struct horizon horizon;
    /** Number of trials that were cut off at the horizon. */
    size_t survived;
    /** Number of these that met the program's own limit on the size of files, where their output
     * was captured. */
    size_t limited;
    /** The crashes and hangs of trials, first as raw facts, finally named. */
    struct sightings sightings;
    /** Hash tables to recognise a place from a few words of the stopped process: the sighting;
     * and, until the place is recognised, which words to read next. */
    struct glimpses glimpses, steps;
    /** The allocations that hanging trials retried; and how many trials were recognised by
     * them. */
    struct retries_known retries;
    size_t recognised;
    struct defects *defects;
    /** Defects that do not count. */
    struct suppressions *suppressions;
    /** The commands that the trials of a suite belong to; NULL = all belong to PROGRAM. */
    const struct commands *commands;
    /** The server under test; NULL = there is none. */
    const struct served *served;
    /** How long the trials took, without the clean runs and confirmation, in ns. */
    uint64_t trying_ns, trying_since_ns;
    /** The signal that ended the campaign early; 0 = none. */
    int stopped_by;
    /** How many places of the clean runs have no name, because there was no time; and the
     * signal that interrupted naming, 0 = none. */
    size_t unnamed;
    int unnamed_by;
    /** Whether runs could not be started, so that not everything was tried. */
    bool cut_short;
    /** Whether the results directory is complete. */
    bool written;
    /** Whether the results could not be written: then there are no reproducers to name. */
    bool unwritten;
    /** Whether fresh trials are not traced; unless the user chose this (valgrind), a message has
     * said so. */
    bool untraced;
    bool out_of_time;
    struct progress progress;
    /** The helper process that builds the effect barrier; NULL if no trial is done in place. */
    struct helper *barrier;
    /** Unpacks debug information that naming will need; NULL = nothing to unpack. */
    struct unpack *unpack;
};

/** Whether a reason is that no process of a suite could be held for long enough, although the
 * point could have been tried in place. */
bool campaign_is_hurried(size_t reason);

/** The words for a reason of `unsuited`; NULL = it is not reported. Static. */
const char *campaign_reason(size_t reason);

/** Note that fresh trials cannot be traced because this changes the program's behaviour, and
 * tell the user. */
void campaign_note_disturbed(struct campaign *campaign);

/** Note whether the kernel allows to trace trials; if it does not, tell the user once that
 * crashes are not diagnosed. */
void campaign_note_tracing(struct campaign *campaign, bool traced);

/** The time-out that a replay of a trial uses, in ns: shorter for a hang, longer for a deep
 * recursion. */
uint64_t campaign_replay_time(const struct campaign *campaign, const struct trial *trial);

/** Whether more trials are to be started. */
bool campaign_goes_on(struct campaign *campaign);

/** Whether only one run may go on at a time, because runs share files, or others wait. */
bool campaign_is_serial(const struct campaign *campaign);

/** Whether everything that is planned was tried. */
bool campaign_is_complete(const struct campaign *campaign);

/** React to a signal that the runner received. */
void campaign_signal(struct campaign *campaign, int number);

/** The parts that the policies of all trials have in common. */
struct trial_terms campaign_terms(const struct campaign *campaign);

/**
 * Whether a failure came at the stack where it was wanted. If not, numbers vary from run to
 * run although the clean runs did not show it: from now on failures are placed by stack.
 *
 * @stack_id
 *         The stack at which it came; 0 = unknown.
 */
bool campaign_is_placed(struct campaign *campaign, const struct trial *trial,
                        uint64_t stack_id);

/**
 * A trial has ended whose failure was not reached: whatever its end, nothing was tried. Another
 * run may have been in its way, or an earlier one; see misses.h.
 *
 * @alone
 *         Whether no other run went on beside it.
 */
void campaign_miss(struct campaign *campaign, struct trial *trial, const struct end *end,
                   bool alone);

/** Discard the result of a trial, so that it is run again. */
void campaign_reopen(struct campaign *campaign, struct trial *trial);

/** Whether the trial that a sighting was taken from still shows it; the trial may have been run
 * again since. */
bool campaign_shows(const struct campaign *campaign, uint32_t sighting);

/** Whether progress shows a trial as a defect. */
bool campaign_counts(const struct campaign *campaign, const struct trial *trial);

/** Count a trial whose outcome is known. */
void campaign_count(struct campaign *campaign, const struct trial *trial);

/** A look at a thread that is about to get a fatal signal. */
struct campaign_look {
    pid_t tid;
    int signal;
    const struct channel *channel;
    /** What is known of its process, or of one like it. */
    struct view *view;
    const struct trial *trial;
    /** How many of its allocations have failed. */
    uint64_t failed;
    /** The facts, if the place is new; `crashed` says whether it is. */
    struct crash *crash;
    bool crashed;
    /** If it is not new: the sighting of the same place, and the hash that identified it. */
    uint32_t known;
    uint64_t glance;
};

/**
 * Read the facts from the stopped thread, unless the place is known. The thread stays stopped.
 *
 * @return
 *         Whether the signal is the end of the trial; false if clean runs get it at the same
 *         place, too.
 */
bool campaign_look(struct campaign *campaign, struct campaign_look *look);

/** When a running trial is next examined for the allocations that it retries. */
struct campaign_patience {
    /** After this number of failures; 0 = not yet known. */
    uint64_t failed;
    /** One more than the sighting by which the trial was recognised, if it is given its full
     * time nevertheless, to check that it ends in the same way; 0 = none. */
    uint32_t audited;
};

/**
 * Check whether a trial does only what another one did until its time-out; then it need not be
 * given its full time. It gets at least twice the time of a clean run, or ten times as many
 * failures as a clean run has allocations. Some of these trials get their full time
 * nevertheless: if one ends differently, all that were recognised in this way are run again.
 *
 * @failed
 *         How many of its allocations have failed.
 * @spent_ns
 *         How long it has run, in ns.
 * @return
 *         The sighting of the other trial; SIGHTINGS_NONE = none is known, let it continue.
 */
uint32_t campaign_recognise(struct campaign *campaign, struct campaign_patience *patience,
                            const struct channel *channel, uint64_t failed,
                            uint64_t spent_ns);

/** The signal that ended the trial of a sighting; 0 if it reached its time-out. */
int campaign_recognised_signal(const struct campaign *campaign, uint32_t sighting);

/** Whether a trial that gets SIGXFSZ has reached the limit of output on its streams: then it
 * counts as a hang, and is examined as one. */
bool campaign_is_flood(const struct campaign *campaign, const struct capture streams[2]);

/** What is known of a trial in addition to its end. */
struct campaign_sight {
    const struct channel *channel;
    /** The facts of a crash or hang, with its modules entered among those of the campaign's
     * defects; NULL = none. Taken over. */
    struct crash *crash;
    /** The sighting of the same place; SIGHTINGS_NONE = one has to be found or added. */
    uint32_t known;
    /** Whether `known` came from campaign_recognise(); and what that function used. */
    bool recognised;
    struct campaign_patience patience;
    /** In a suite: the process that is held; 0 = none. */
    pid_t holder;
};

/** Judge a trial that has ended, keep its sighting, and count it. */
void campaign_judge(struct campaign *campaign, struct trial *trial, const struct end *end,
                    const struct campaign_sight *sight);

/**
 * A trial that was judged already turns out to have another outcome.
 *
 * @sighting
 *         What it showed, with the outcome; taken over.
 */
void campaign_turn(struct campaign *campaign, struct trial *trial,
                   struct sighting *sighting);

/** Name each place that trials showed, once, and set the outcomes of the trials that follow from
 * it. 0 on success, -1 when memory ran out. */
int campaign_settle(struct campaign *campaign);

#endif
