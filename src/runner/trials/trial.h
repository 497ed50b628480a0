// SPDX-License-Identifier: MIT
/** A trial: a run in which one point fails, or it and others; and what came of it. */
#ifndef MF_RUNNER_TRIALS_TRIAL_H
#define MF_RUNNER_TRIALS_TRIAL_H

#include "runner/diagnose/outcome.h"
#include "runner/points/points.h"

#include <jansson.h>

/** What fails. */
enum trial_mode {
    /** The point alone. */
    TRIAL_ONCE,
    /** It and all after. */
    TRIAL_PERSISTENT,
    /** It and one of those after. */
    TRIAL_PAIRS,
    TRIAL_MODES,
};

enum trial_state {
    TRIAL_OPEN,
    /** A run is going on. */
    TRIAL_RUNNING,
    TRIAL_DONE,
    /** Others come first. */
    TRIAL_PUT_OFF,
    /** It cannot be run. */
    TRIAL_FAILED,
};

/** What became of a trial that a suite could not do in place. */
enum trial_left {
    /** It is none of those. */
    TRIAL_LEFT_NOT,
    /** Nobody wants it to be tried fresh. */
    TRIAL_LEFT,
    /** It was, and is done. */
    TRIAL_LEFT_FRESH,
    /** It could not be. */
    TRIAL_LEFT_UNKNOWN,
    TRIAL_LEFT_PIPE,
    TRIAL_LEFT_GONE,
    TRIAL_LEFT_UNCLEAN,
    TRIAL_LEFT_ELSEWHERE,
    TRIAL_LEFT_TIME,
    TRIAL_LEFTS,
};

/** What is known of a trial that was cut off at the horizon. */
struct survived {
    uint64_t failed, seen, stack_id;
    bool in_place;
};

/** Whether a failure does the same in a server in which nothing else has failed. */
enum trial_alone {
    /** Nobody has looked, or there is nothing to be told. */
    TRIAL_ALONE_UNKNOWN,
    TRIAL_ALONE,
    TRIAL_NOT_ALONE,
};

/** What there is to know of a trial that is a drive of a server. */
struct trial_served {
    /** How many allocations had failed in the server since it was started. */
    uint32_t earlier;
    enum trial_alone alone;
    /** How the drive ended, wait()'s; and whether it had to be ended. */
    int drive;
    bool unanswered;
};

/** There is one for each failure to be tried: large members first, so that it has no holes. */
struct trial {
    struct point point;
    /** The second failure's number; TRIAL_PAIRS only. */
    uint64_t second;
    /** Allocations that the process made up to the end, those before the point too. */
    uint64_t seen;
    /** How many of them failed; 0 = the point was never reached. */
    uint64_t failed;
    /** The stack id of the failure as it was, 0 = unknown. */
    uint64_t stack_id;
    /** The defect's cause, 0 = none. */
    uint64_t cause;
    /** As it was before it was run again, to its end; `seen` 0 = it was not. */
    struct survived survived;
    struct trial_served served;
    enum trial_mode mode;
    enum trial_state state;
    enum outcome outcome;
    /** wait()'s. */
    int status;
    /** Index among the campaign's sightings, plus 1; 0 = it showed nothing to be told. */
    uint32_t sighting;
    /** Where the outcome follows from what it wrote: what clean runs had shown to move by
     * then, and how often the trial was run again for that. */
    unsigned moved, again;
    /** Whether the outcome follows from what it wrote, held against clean runs. */
    bool by_output;
    /** Whether the target branched, instead of a fresh process. */
    bool in_place;
    /** Whether it was tried fresh as well, and came to the same. */
    bool audited;
    /** Whether another trial's end is this one's, too, without a run; see inferred.h. */
    bool inferred;
    /** A hang that did not stand still. */
    bool spinning;
    /** Whether it was ended before its time was over: it did what another one had done to the
     * end of it; see campaign_recognise(). */
    bool recognised;
    /** Whether it is to show once more what earlier results know of it; see resume.h. */
    bool shows;
    /** Of a suite: why it was not done in place, an enum mf_point_state or campaign_reason, and
     * CAMPAIGN_REASONS and more = the barrier, for a call of that index; and an enum
     * trial_left. */
    uint8_t reason, left;
};

/** What the policies of all trials share. */
struct trial_terms {
    const char *arm;
    /** PROGRAM's own process; "" = any. */
    const char *image;
    /** The others. */
    const struct processes *processes;
    /** Whether points are found by their stack, for numbers move. */
    bool by_stack;
    /** What is counted and fails beside allocations. */
    mf_functions also;
};

/** The longest policy of a trial, with its NUL. */
#define TRIAL_POLICY_MAX 6144

/** Write a trial's policy. */
void trial_policy(const struct trial *trial, const struct trial_terms *terms,
                  char policy[TRIAL_POLICY_MAX]);

/** "once" and the like. Static. */
const char *trial_mode_name(enum trial_mode mode);

/** Read the same, as the bit of a set; 0 if it is not one. */
unsigned trial_mode_bit(const char *name, size_t length);

/** What became of a trial that is left, in words; NULL = it is not. Static. */
const char *trial_left_words(enum trial_left left);

#endif
