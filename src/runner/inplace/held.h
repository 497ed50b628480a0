// SPDX-License-Identifier: MIT
/** A program that is held at its points, and the child that it is held for. */
#ifndef MF_RUNNER_INPLACE_HELD_H
#define MF_RUNNER_INPLACE_HELD_H

#include "runner/inplace/stand_in.h"
#include "runner/trials/campaign.h"

/** A child for which its target is held. */
struct child {
    /** 0 = there is none. */
    pid_t pid;
    struct timelimit time;
    /** How long it may take; and by the clock, whatever else the machine does: 0 = that does
     * not matter. Then until when its target may be held in any case. */
    uint64_t limit_ns, wall_ns, until_ns;
    /** Where it is given less than that, its time-out says nothing. */
    uint64_t least_ns;
    /** How much the target had written to its stdout and stderr. */
    uint64_t from[2];
    /** Its time is over; it is asked to stop, to see where it stands. */
    bool timed_out;
    /** There was no time to see that; and what for, an enum mf_point_state. */
    bool hurried;
    uint8_t hurry;
    /** It has reached the horizon. */
    bool cut;
    uint64_t stop_until_ns;
    /** The first fatal signal that it was about to get; 0 = none. */
    int fatal;
    /** Where that was, or where it hangs: a sighting of the same place, or the facts. */
    uint32_t known;
    bool crashed;
    struct crash crash;
    /** Whether that was known by what it retried. */
    bool recognised;
    struct campaign_patience patience;
    /** What a glance made of it; 0 = nothing. */
    uint64_t glance;
    /** The system call that the barrier ended it for; "" = none. */
    char barred[BARRED_NAME_MAX];
    /** The call that it is making under the runner's eyes. */
    bool stepping;
    struct registers_call call;
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
    /** The sighting whose NULL's origin the latest child was to show, and how long it may take; see
     * origin.h. */
    uint32_t asked;
    uint64_t origin_limit_ns;
    /** Why the latest child's end says nothing of its trial: an enum campaign_reason or
     * mf_point_state, 0 = it does, or nobody knows; and the index of the system call where
     * it was the barrier. */
    uint8_t left, left_call;
    struct stand_in_places places;
    bool started, ended;
    /** What its children's stacks are read with. */
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
    /** What progress had shown. */
    size_t defects_before;
    /** What cloning has cost, before and after memory was moved to large pages. */
    struct clones clones[2];
    /** How many bytes are in large pages, in all targets. */
    uint64_t moved;
    /** Until when a child may be looked at; NULL = nobody waits for it. */
    const struct look_time *look_time;
};

/** Let the program continue: its child has ended. */
void held_let_go(struct held *held);

/**
 * Learn what the child did, take back what it wrote, and let the program go on.
 *
 * @status
 *         wait()'s, or SIGKILL where it stands still and has been killed.
 */
void held_finish(struct inplace *inplace, struct held *held, int status);

#endif
