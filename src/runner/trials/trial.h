// SPDX-License-Identifier: MIT
/** A trial: a run in which one point fails, alone or with others, and the result. */
#ifndef MF_RUNNER_TRIALS_TRIAL_H
#define MF_RUNNER_TRIALS_TRIAL_H

#include "runner/diagnose/outcome.h"
#include "runner/points/points.h"

#include <jansson.h>

/** Which allocations fail. */
enum trial_mode {
    /** The point alone. */
    TRIAL_ONCE,
    /** The point and all later ones. */
    TRIAL_PERSISTENT,
    /** The point and one later one. */
    TRIAL_PAIRS,
    TRIAL_MODES,
};

enum trial_state {
    TRIAL_OPEN,
    /** Its run has not ended yet. */
    TRIAL_RUNNING,
    TRIAL_DONE,
    /** Its run has ended, and its failure was not reached; see campaign_miss(). */
    TRIAL_MISSED,
    /** Other trials come first. */
    TRIAL_PUT_OFF,
    /** It cannot be run. */
    TRIAL_FAILED,
};

/** The state of a trial that a suite could not do in place. */
enum trial_left {
    /** It is not such a trial. */
    TRIAL_LEFT_NOT,
    /** It is not to be tried fresh (no --fresh). */
    TRIAL_LEFT,
    /** It was tried fresh. */
    TRIAL_LEFT_FRESH,
    /** It could not be tried fresh, for one of these reasons. */
    TRIAL_LEFT_UNKNOWN,
    TRIAL_LEFT_PIPE,
    TRIAL_LEFT_GONE,
    TRIAL_LEFT_UNCLEAN,
    TRIAL_LEFT_ELSEWHERE,
    TRIAL_LEFT_TIME,
    TRIAL_LEFTS,
};

/** Whether it is known if a trial left blocks or descriptors (--leaks), or else why not. */
enum leaking {
    /** It is known, or nobody asked, or the trial ended badly. */
    LEAKING_KNOWN,
    /** It was held against its own process, which did not end by exit() or _exit(): so far. */
    LEAKING_ENDED,
    /** The process had threads that the trial had not. */
    LEAKING_THREADS,
    /** There was no account of the process's blocks, or no room in it. */
    LEAKING_UNTRACKED,
    /** The same of a fresh run, or the run became another program. */
    LEAKING_RUN,
    /** exit() ended the trial in the middle of the functions that held what is left. */
    LEAKING_HELD,
    /** It left blocks, and the clean run left as many of the same call site, but by other
     * calls; or other descriptors, and not more. */
    LEAKING_REPLACED,
    LEAKINGS,
};

/** The result of a trial that was cut off at the horizon. */
struct survived {
    uint64_t failed, seen, stack_id;
    bool in_place;
};

/** Whether a failure has the same effect in a server in which nothing else has failed. */
enum trial_alone {
    /** Not tried, or not applicable. */
    TRIAL_ALONE_UNKNOWN,
    TRIAL_ALONE,
    TRIAL_NOT_ALONE,
};

/** Further results of a trial that is a drive of a server. */
struct trial_served {
    /** How many allocations had failed in the server since it was started. */
    uint32_t earlier;
    enum trial_alone alone;
    /** The status of the drive, as from wait(); and whether it had to be ended. */
    int drive;
    bool unanswered;
};

/** There is one for each failure to try. Large members come first, so that there is no
 * padding. */
struct trial {
    struct point point;
    /** The second failure's number; TRIAL_PAIRS only. */
    uint64_t second;
    /** Number of allocations of the process until its end, including those before the point. */
    uint64_t seen;
    /** How many of them failed; 0 = the point was never reached. */
    uint64_t failed;
    /** The stack id of the allocation that failed, 0 = unknown. */
    uint64_t stack_id;
    /** The defect's cause, 0 = none. */
    uint64_t cause;
    /** The result before it was run again to its end; `seen` 0 = it was not run again. */
    struct survived survived;
    /** Whether it was cut off because it met the program's own limit on the size of files. */
    bool limited;
    struct trial_served served;
    enum trial_mode mode;
    enum trial_state state;
    enum outcome outcome;
    /** The status, as from wait(). */
    int status;
    /** One more than the index of its sighting in the campaign; 0 = there is none. */
    uint32_t sighting;
    /** If it ended as its process does when nothing fails, or hangs as that would: one more than
     * the index of the sighting that came of it; else 0. */
    uint32_t own;
    /** If the outcome follows from its output: the oracle's `moved` when it was judged, and how
     * often the trial was repeated for this. */
    unsigned moved, again;
    /** Whether the outcome follows from a comparison of its output with clean runs. */
    bool by_output;
    /** Whether it ran in a child of the held target, not in a fresh process. */
    bool in_place;
    /** Whether it was repeated fresh, with the same result. */
    bool audited;
    /** Whether its result was taken from another trial, without a run; see inferred.h. */
    bool inferred;
    /** Whether it is a hang in which the program kept allocating. */
    bool spinning;
    /** Whether it was ended before its time-out, because it did the same as another trial that
     * reached the time-out; see campaign_recognise(). */
    bool recognised;
    /** Whether no other run went on beside it; and if it was missed, whether it had reached its
     * time-out. */
    bool alone, late;
    /** Whether it repeats a finding of earlier results; see resume.h. */
    bool shows;
    /** In a suite: whether it waited for a time to pass when its process could be held no longer,
     * and was cut off. */
    bool waited;
    /** In a suite: why it was not done in place, an enum mf_point_state or campaign_reason, or
     * CAMPAIGN_REASONS plus the index of the system call that the barrier stopped; and an enum
     * trial_left. */
    uint8_t reason, left;
    /** enum leaking */
    uint8_t leaks;
};

/** The parts that the policies of all trials have in common. */
struct trial_terms {
    const char *arm;
    /** The image of PROGRAM's own process; "" = any. */
    const char *image;
    /** The other processes. */
    const struct processes *processes;
    /** Whether points are identified by their stack, because numbers vary. */
    bool by_stack;
    /** Functions that count and fail in addition to allocations. */
    mf_functions also;
};

/** Maximum size of a trial's policy in bytes, with its NUL. */
#define TRIAL_POLICY_MAX 6144

/** Write a trial's policy. */
void trial_policy(const struct trial *trial, const struct trial_terms *terms,
                  char policy[TRIAL_POLICY_MAX]);

/** "once" and the like. Static. */
const char *trial_mode_name(enum trial_mode mode);

/** Parse such a name; returns its bit, 1 << enum trial_mode, or 0 if it is not one. */
unsigned trial_mode_bit(const char *name, size_t length);

/** Whether a trial is done and ended well: what others leave does not matter. */
bool trial_is_good(const struct trial *trial);

/** Count the trials of which it is not known whether they leak, by the reason. */
void trial_count_leaks(const struct trial *trials, size_t count, size_t counts[LEAKINGS]);

/** Why it is not known whether trials leak, in words that follow a number of failures; NULL = it
 * is known. Static. */
const char *trial_leaks_words(enum leaking leaking);

/** The words for the state of a trial that is left; NULL if it is not left. Static. */
const char *trial_left_words(enum trial_left left);

#endif
