// SPDX-License-Identifier: MIT
/**
 * Children of a suite's processes that hang.
 *
 * A child does what its process would have done, which may take long: it hangs only if the
 * process itself needs far less time from the same point.
 *
 * Giving each child its full time would take longer than the suite. So once a child has hung at
 * a place, other children are examined early: a child that is seen twice in the function where
 * one hung, called from the same place and at the same depth, is ended. Some of these are given
 * more time nevertheless: if one ends by itself, the place is not used any more.
 */
#ifndef MF_RUNNER_SUITE_HANGS_H
#define MF_RUNNER_SUITE_HANGS_H

#include "core/channel/suite.h"
#include "runner/inplace/held.h"
#include "runner/util/clock.h"

/** A child that is given less time than this does not count as hung, unless the user's --timeout
 * is less: its stack is left to other processes. */
#define HANGS_TIME_MIN (200 * CLOCK_MILLISECOND)

/** A hang that is to be confirmed. */
struct hang {
    /** Index of the trial. */
    size_t trial;
    /** The process that was held. */
    pid_t holder;
    /** How long the process has run since then, in ns, without the time that it was held. */
    uint64_t own_ns;
    /** The time limit of the child, in ns. */
    uint64_t limit_ns;
    /** One more than the sighting by which the child was recognised, if it was given more time
     * nevertheless; 0 = none. */
    uint32_t audited;
    bool recognised;
    /** Whether the process has ended. */
    bool settled;
    /** Whether the child only retried allocations; how many failed, from which number on; and
     * how many allocations its process has made from the same number on. */
    bool spinning;
    uint64_t failed, number, own_calls;
};

/** A place where a child has hung. */
struct hang_place {
    /** The time limit of that child, in ns; 0 = none has hung there. */
    uint64_t limit_ns;
    /** How many other children were seen there. */
    size_t found;
    /** Whether one of them ended by itself. */
    bool refuted;
};

/** The latest examination of a child. */
struct hang_look {
    /** The place; SIGHTINGS_NONE = no known place. */
    uint32_t sighting;
    /** The depth: the stack address of the function's return address. */
    uint64_t slot;
    /** The moment of the examination; and how much longer the child is given, 0 = it is not
     * recognised. In ns. */
    uint64_t looked_ns, audit_ns;
    /** Whether it has been interrupted for an examination. */
    bool asked;
};

struct hangs {
    struct hang *list;
    size_t count, room;
    /** By the index of the sighting. */
    struct hang_place *places;
    size_t place_room;
    /** One for each desk. */
    struct hang_look looks[MF_SUITE_DESKS_MAX];
    /** When held processes were last examined; and when it was last examined whether they
     * run. */
    uint64_t looked_ns, watched_ns;
};

/** A desk has a new child. */
void hangs_begin(struct hangs *hangs, size_t desk);

/** Interrupt a child if it is time to examine it, or end it if its additional time is over. */
void hangs_press(struct hangs *hangs, struct held *held, size_t desk);

/** Examine a child that has stopped, perhaps because it was interrupted. Returns whether it was
 * recognised, and has been killed. */
bool hangs_recognise(struct hangs *hangs, struct campaign *campaign, struct held *held,
                     size_t desk);

/** The data to keep of a child in case that it hangs, without the trial; call this before its
 * end is judged. */
struct hang hangs_expect(const struct held *held);

/** Keep a trial that has been judged if it hung and has to be confirmed. If memory runs out, the
 * hang is withdrawn at once. */
void hangs_note(struct hangs *hangs, struct campaign *campaign, struct trial *trial,
                const struct hang *end);

/** Update the time and the allocations of the processes that confirm hangs. */
void hangs_watch(struct hangs *hangs, const struct mf_suite *suite,
                 const struct channel *channel);

/** When everything has ended, withdraw hangs that are not confirmed. */
void hangs_settle(const struct hangs *hangs, struct campaign *campaign);

/** Release them. */
void hangs_destroy(struct hangs *hangs);

#endif
