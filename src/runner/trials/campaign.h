// SPDX-License-Identifier: MIT
/** A campaign: what the steps of an exploration share. */
#ifndef MF_RUNNER_TRIALS_CAMPAIGN_H
#define MF_RUNNER_TRIALS_CAMPAIGN_H

#include "runner/code/unpack.h"
#include "runner/crash/view.h"
#include "runner/diagnose/retries.h"
#include "runner/points/wrappers.h"
#include "runner/run/preflight.h"
#include "runner/run/unseen.h"
#include "runner/target/pools.h"
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

/** The most jobs at the same time. */
#define CAMPAIGN_JOBS_MAX 64

struct suppressions;

enum strategy {
    STRATEGY_AUTO,
    STRATEGY_IN_PLACE,
    STRATEGY_FRESH,
};

/** What the user wants. */
struct campaign_options {
    /** PROGRAM and its arguments. */
    char **argv;
    /** What `--allocation` says. */
    const char *const *named;
    size_t named_count;
    /** What fails beside allocations: resource functions. */
    mf_functions also;
    const char *arm;
    /** NULL = none. */
    const char *input, *prepare, *check;
    bool scratch;
    /** Files that are part of the outcome. */
    const char **watch;
    size_t watch_count;
    /** One more than the enum mf_allocator that serves it; 0 = the usual one. */
    uint32_t allocator;
    enum strategy strategy;
    /** A set of 1 << enum trial_mode. */
    unsigned modes;
    struct points_choice choice;
    unsigned jobs;
    /** Whether processes of their own run one at a time, for they share files. */
    bool serial;
    /** The exit status where nothing was tested. */
    int nothing;
    /** 0 = none; a time-out that is derived from the oracle. */
    uint64_t budget_ns, timeout_ns, max;
    /** The results directory, and the file of known findings; NULL = none. */
    const char *directory, *baseline;
    /** Earlier results to go on from; NULL = none. */
    const char *resume;
    bool update_baseline;
    /** Files of suppressions, and modules of which defects count, if not of all; whether
     * suppressions for what was found are to be printed. */
    const char **ignore, **broke_in;
    size_t ignore_count, broke_in_count;
    bool print_suppressions;
    /** Whether leaks are looked for. */
    bool leaks;
    /** Whether the processes that come of PROGRAM have points and deaths, too. */
    bool follow;
    /** Whether aborts count as defects. */
    bool aborts;
    /** What is wanted of runs that end by themselves. */
    struct demands demands;
    /** Whether points are listed only. */
    bool list;
};

/** Reasons of `unsuited` of our own, behind those of enum mf_point_state. */
enum campaign_reason {
    /** It may have written a watched file. */
    CAMPAIGN_WATCH = MF_POINT_SKIPPED + 1,
    /** The number was another stack's. */
    CAMPAIGN_MOVED,
    /** A suite was ended before; or the trial was not run to its end there. */
    CAMPAIGN_ENDED,
    CAMPAIGN_CUT,
    /** The effect barrier stopped it. */
    CAMPAIGN_BARRIER,
    CAMPAIGN_REASONS,
};

/** What is known of a server under test beside its trials. */
struct served {
    /** The user's commands; no `health` = a drive in which nothing fails. */
    const char *ready, *drive, *health;
    /** How long it may take to be ready. */
    uint64_t ready_ns;
    /** How long it took, and how long a drive takes. */
    uint64_t started_ns, drive_ns;
    /** Allocations of the first drive in which nothing failed. */
    uint64_t allocations;
    /** How often it was started, driven, and its health looked at. */
    uint64_t starts, drives, checks;
    /** Stacks of allocations that were seen at no time but: before it was ready, between
     * drives, after a failure. */
    size_t before_ready, between, after_failure;
    /** Stacks that no drive came to again. */
    size_t not_again;
    /** How often it broke in a drive in which nothing had failed yet. */
    size_t belated;
};

/** How far trials run: allocations after the failure, and time; see horizon.h. */
struct horizon {
    uint64_t allocations, time_ns;
};

struct campaign {
    const struct campaign_options *options;
    const struct diag *diag;
    const struct preflight *preflight;
    struct job_plan plan;
    struct watch watch;
    struct signals signals;
    struct oracle oracle;
    /** What no failure reaches, and what builds do not show. */
    struct pools unreached;
    struct unseen_list unseen;
    /** Programs of a suite whose files were not all looked at, for want of time. */
    size_t not_looked_at;
    struct wrappers wrappers;
    struct points points;
    /** In the order they are wanted in. */
    struct trial *trials;
    size_t trial_count;
    /** How many of them have had their turn; where each turn ends, and the next one. Those of
     * later turns are not there yet: so many points have become trials, and so many trials
     * there will be. */
    size_t due;
    size_t *turns;
    size_t turn_count, turn;
    size_t point_count, wanted;
    /** How many failures there are to be tried, those of other parts (--shard) and those
     * beyond --max included; and how many of them are second failures. */
    size_t planned, planned_pairs;
    size_t done;
    /** How many of those earlier results had. */
    size_t resumed;
    /** The causes that those showed: one trial of each shows it once more; and what they
     * say of all findings. */
    uint64_t *resumed_causes;
    size_t resumed_cause_count;
    json_t *resumed_findings;
    /** Done in place; and inferred. */
    size_t in_place, inferred;
    /** What the effect barrier ended. */
    struct barred barred;
    /** How many of those in place were tried fresh, too, and how many came to the same. */
    size_t audited, audits_agreed;
    /** Why others were not done so, by enum mf_point_state and enum campaign_reason. */
    size_t unsuited[CAMPAIGN_REASONS];
    /** Failures that came at another stack than in the clean runs, or not at all, while
     * they were placed by number. */
    size_t moved;
    /** Trials that were silent once, and not when they were run again. */
    size_t wavering;
    /** Trials that SIGKILL ended once, and not when they were run again. */
    size_t killed_once;
    /** Runs that the user's checker was asked about, and of them those of which it said
     * neither that they are fine nor wrong. */
    size_t checked, unchecked;
    /** Why nothing more is done in place, in words; NULL = it is. */
    const char *not_in_place;
    uint64_t started_ns, until_ns;
    struct horizon horizon;
    /** Trials that were cut off there. */
    size_t survived;
    /** What trials showed, as raw facts; and named, in the end. */
    struct sightings sightings;
    /** Places that are known at a glance: the sightings; and what to read next of a stack,
     * by what was read, until that is known. */
    struct glimpses glimpses, steps;
    /** What those that hung retried; and how many were recognised by that. */
    struct retries_known retries;
    size_t recognised;
    struct defects *defects;
    /** What is not counted. */
    struct suppressions *suppressions;
    /** Whose the trials are, where a suite is run; NULL = all are of PROGRAM. */
    const struct commands *commands;
    /** The server that they are of; NULL = none is tested. */
    const struct served *served;
    /** How long trying took, without the clean runs and confirming. */
    uint64_t trying_ns, trying_since_ns;
    /** The signal that ended it early; 0 = none. */
    int stopped_by;
    /** How many places of the clean runs have no name, for there was no time; and the
     * signal that came meanwhile, 0 = none. */
    size_t unnamed;
    int unnamed_by;
    /** Whether runs could not be started, so that not all was tried. */
    bool cut_short;
    /** Whether the results directory has all of it. */
    bool written;
    /** Whether they could not be: then there are no reproducers to name. */
    bool unwritten;
    /** Whether fresh trials are not traced; where that is not the user's own choice (valgrind),
     * the user has been told. */
    bool untraced;
    bool out_of_time;
    struct progress progress;
    /** What builds the effect barrier; NULL where nothing is done in place. */
    struct helper *barrier;
    /** What naming crashes will want; NULL = nothing. */
    struct unpack *unpack;
};

/** Whether a reason is that no process of a suite could be held for long enough, though there
 * was nothing against it. */
bool campaign_is_hurried(size_t reason);

/** The words for a reason of `unsuited`; NULL = it is not told. Static. */
const char *campaign_reason(size_t reason);

/** Note that fresh trials cannot be traced for the program's sake, and tell the user. */
void campaign_note_disturbed(struct campaign *campaign);

/** Note whether the kernel lets trials be traced; where it does not, the user is told once
 * that crashes are not diagnosed. */
void campaign_note_tracing(struct campaign *campaign, bool traced);

/** What replay gives a trial's run, in ns: a hang need not be waited for at full length, a
 * deep recursion is slow. */
uint64_t campaign_replay_time(const struct campaign *campaign, const struct trial *trial);

/** Whether trials are still to be started. */
bool campaign_goes_on(struct campaign *campaign);

/** Whether runs must not go on at the same time. */
bool campaign_is_serial(const struct campaign *campaign);

/** Whether all was tried that is planned. */
bool campaign_is_complete(const struct campaign *campaign);

/** Note what a signal to the runner means. */
void campaign_signal(struct campaign *campaign, int number);

/** The policies' terms. */
struct trial_terms campaign_terms(const struct campaign *campaign);

/**
 * Whether a failure came where it was wanted. Where it did not, numbers move from run to
 * run though the clean runs did not show it: from now on failures are placed by stack.
 *
 * @stack_id
 *         The stack it came at, 0 = unknown.
 */
bool campaign_is_placed(struct campaign *campaign, const struct trial *trial,
                        uint64_t stack_id);

/** Take back what a trial came to, so that it is run again. */
void campaign_reopen(struct campaign *campaign, struct trial *trial);

/** Whether the trial that a sighting was taken from shows it still: it may have been run
 * again since. */
bool campaign_shows(const struct campaign *campaign, uint32_t sighting);

/** Count a trial whose outcome is known. */
void campaign_count(struct campaign *campaign, const struct trial *trial);

/** A look at a thread that is about to get a fatal signal. */
struct campaign_look {
    pid_t tid;
    int signal;
    const struct channel *channel;
    /** What is known of its process, or one like it. */
    struct view *view;
    const struct trial *trial;
    /** How many of its allocations have failed. */
    uint64_t failed;
    /** Filled where it is new: `crashed` says so. */
    struct crash *crash;
    bool crashed;
    /** Else the sighting of the same place, and what it looks like. */
    uint32_t known;
    uint64_t glance;
};

/**
 * Look at it, as far as nothing is known of the place. It stays stopped.
 *
 * @return
 *         Whether that is how the trial ends: clean runs do not get the signal there.
 */
bool campaign_look(struct campaign *campaign, struct campaign_look *look);

/** When a trial that is under way is next looked at for what it retries. */
struct campaign_patience {
    /** So many failures; 0 = not yet known. */
    uint64_t failed;
    /** The sighting of the one that it is known by, plus 1, where it is waited for all the
     * same, to see whether they do come to the same end; 0 = none. */
    uint32_t audited;
};

/**
 * See whether a trial does only what another one did until its time was over. It need not
 * be waited for: it is given at least twice the time of a clean run, or ten times as many
 * failures as that has allocations. Some are waited for in full all the same: where one
 * of those comes to another end, all that were recognised so are run again.
 *
 * @failed
 *         How many of its allocations have failed.
 * @spent_ns
 *         How long it has run.
 * @return
 *         The sighting of that other one; SIGHTINGS_NONE = none is known, go on.
 */
uint32_t campaign_recognise(struct campaign *campaign, struct campaign_patience *patience,
                            const struct channel *channel, uint64_t failed,
                            uint64_t spent_ns);

/** The signal that ended the trial of a sighting; 0 where its time was over. */
int campaign_recognised_signal(const struct campaign *campaign, uint32_t sighting);

/** Whether a trial that gets SIGXFSZ has written all to its streams that it may: that is a
 * hang, and is to be looked at as one. */
bool campaign_is_flood(const struct campaign *campaign, const struct capture streams[2]);

/** What there is to see of a trial beside its end. */
struct campaign_sight {
    const struct channel *channel;
    /** A crash or hang that was looked at, its modules entered among those of the
     * campaign's defects; NULL = none. Taken over. */
    struct crash *crash;
    /** A sighting of the same place; SIGHTINGS_NONE = it is to be found or made. */
    uint32_t known;
    /** Whether that comes of campaign_recognise(); and what that looked at. */
    bool recognised;
    struct campaign_patience patience;
};

/** Judge a trial that has ended, keep what it showed, and count it. */
void campaign_judge(struct campaign *campaign, struct trial *trial, const struct end *end,
                    const struct campaign_sight *sight);

/** Name all that trials showed, once for each place, and give the trials the outcomes that
 * follow from it. 0 on success, -1 when memory ran out. */
int campaign_settle(struct campaign *campaign);

#endif
