// SPDX-License-Identifier: MIT
/** A program that is held at its points, and the child for which it is held. */
#ifndef MF_RUNNER_INPLACE_HELD_H
#define MF_RUNNER_INPLACE_HELD_H

#include "runner/inplace/control.h"
#include "runner/inplace/forerunner.h"
#include "runner/trials/campaign.h"

/** A child for which its target is held. */
struct child {
    /** 0 = there is none. */
    pid_t pid;
    struct timelimit time;
    /** Its time limit, without time that it waits for a processor; its limit by the clock, 0 =
     * none; the moment until which its target may be held for it; and until which it may be held
     * at all. All in ns. */
    uint64_t limit_ns, wall_ns, until_ns, held_until_ns;
    /** How long it runs at most, whether or not it comes to its end then, in ns; 0 = as long as
     * all children. */
    uint64_t horizon_ns;
    /** How much of its time it could use, and how much it is to have at least: else a time-out
     * does not count as a hang. */
    uint64_t given_ns, least_ns;
    /** How much the target had written to its stdout and stderr, in bytes. */
    uint64_t from[2];
    /** Its time is over; it has been interrupted, to read its stack. */
    bool timed_out;
    /** There was no time to read its stack; and the reason, an enum mf_point_state. */
    bool hurried;
    uint8_t hurry;
    /** It has reached the horizon, or waited for a time when its target could be held no longer;
     * which of the two; or it has reached its own limit on the size of files. */
    bool cut, waited, limited;
    uint64_t stop_until_ns;
    /** The first fatal signal that it was about to get; 0 = none; and whether that is SIGXFSZ
     * of the program itself. */
    int fatal;
    bool own_size;
    /** The place of the crash or hang: a sighting of the same place, or the facts. */
    uint32_t known;
    bool crashed;
    struct crash crash;
    /** Whether it was recognised by the allocations that it retried. */
    bool recognised;
    struct campaign_patience patience;
    /** The hash that identifies the place (crash/glance.h); 0 = none. */
    uint64_t glance;
    /** What identifies the signal and the whole stack, 0 = it is not known; whether its process
     * gets the same, and the child is ended by it, for it does not catch it; and if its process
     * is ended by it, too, one more than the index of the sighting. See control.h. */
    uint64_t stop_key;
    bool differs;
    uint32_t own;
    /** What sanitizers reported in it, if it ended by itself. */
    struct sanitizer_reports reports;
    /** What it leaves, if that is kept; see remains.h. */
    struct leaks leaks;
    struct enclosed enclosed;
};

/** A target that is held at its points. */
struct held {
    struct job job;
    struct mf_explore *explore;
    struct mf_point *points;
    /** One for each point. */
    struct trial **trials;
    size_t count;
    struct child child;
    struct forerunner forerunner;
    /** The sighting for which the latest child was to verify the origin of the NULL, and the
     * time limit of that child in ns; see origin.h. */
    uint32_t asked;
    uint64_t origin_limit_ns;
    struct control control;
    /** Why the end of the latest child is not the result of its trial: an enum campaign_reason
     * or mf_point_state, 0 = it is, or the reason is unknown; and the index of the system call,
     * if the barrier is the reason. */
    uint8_t left, left_call;
    struct stand_in_places places;
    bool started, ended;
    /** Where it is kept what its children leave; NULL = it is not. */
    struct remains *remains;
    /** The view with which its children's stacks are read. */
    struct view view;
};

struct clones {
    uint64_t count, ns;
};

struct inplace {
    struct campaign *campaign;
    struct tracer tracer;
    struct held *targets;
    unsigned target_count;
    /** The number of defects that the progress line showed last. */
    size_t defects_before;
    /** Number and cost of clones, before and after memory was moved to large pages. */
    struct clones clones[2];
    /** How many forerunners the targets have sent. */
    size_t forerunners;
    /** How many bytes are in large pages, in all targets. */
    uint64_t moved;
    /** How long a child may be examined; NULL = no limit. */
    const struct look_time *look_time;
    /** What processes do by themselves; NULL = clean runs have shown it. */
    struct controls *controls;
};

/** Let the program continue: its child has ended. */
void held_let_go(struct held *held);

/**
 * Judge the child, remove its output from the captures, and let the program continue.
 *
 * @status
 *         The status, as from wait(), or SIGKILL if the child was stopped and has been killed.
 */
void held_finish(struct inplace *inplace, struct held *held, int status);

#endif
