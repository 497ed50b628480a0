// SPDX-License-Identifier: MIT
/**
 * Children that hang.
 *
 * Such a child did what its process was going to do, and that may take long: it hangs only if
 * the process itself takes far less from there on.
 *
 * Waiting for each of them at full length would take longer than the suite. Where one has hung,
 * others are looked at early: a child that stands twice in the function where one hung, called
 * from the same place and at the same depth, is not waited for. Some are all the same, for a
 * while: where one of those comes to an end, the place says nothing any more.
 */
#ifndef MF_RUNNER_SUITE_HANGS_H
#define MF_RUNNER_SUITE_HANGS_H

#include "core/channel/suite.h"
#include "runner/inplace/held.h"
#include "runner/util/clock.h"

/** A child that is given less time is not said to hang, unless the user's --timeout is less:
 * its stack is left to other processes. */
#define HANGS_TIME_MIN (200 * CLOCK_MILLISECOND)

/** A hang that is to be confirmed. */
struct hang {
    /** Index of the trial. */
    size_t trial;
    /** The process that was held. */
    pid_t holder;
    /** How long it has gone on since, by itself. */
    uint64_t own_ns;
    /** How long the child was given. */
    uint64_t limit_ns;
    /** One more than the sighting that it was recognised by, but waited for; 0 = none. */
    uint32_t audited;
    bool recognised;
    /** Whether the process has ended. */
    bool settled;
    /** Whether it only had allocations fail, so many times from that number on; and how many
     * its process makes from there on, as far as is seen. */
    bool spinning;
    uint64_t failed, number, own_calls;
};

/** What is known of a place where a child has hung. */
struct hang_place {
    /** The limit of that child; 0 = none has hung there. */
    uint64_t limit_ns;
    /** How many others were found there. */
    size_t found;
    /** Whether one of them came to an end. */
    bool refuted;
};

/** Where a child stood when it was looked at last. */
struct hang_look {
    /** SIGHTINGS_NONE = at no place that is known. */
    uint32_t sighting;
    /** At which depth: the place of the function's return address. */
    uint64_t slot;
    /** When; and how long it is waited for from there on, 0 = it is not recognised. */
    uint64_t looked_ns, audit_ns;
    /** Whether it is asked to stop. */
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
    /** When processes that were held were last looked at. */
    uint64_t looked_ns;
};

/** A desk has a new child. */
void hangs_begin(struct hangs *hangs, size_t desk);

/** Ask a child to stop for a look if it is time for one, or end it where it was waited for. */
void hangs_press(struct hangs *hangs, struct held *held, size_t desk);

/** A child stands still that may have been asked to; whether it was recognised, and has been
 * killed. */
bool hangs_recognise(struct hangs *hangs, struct campaign *campaign, struct held *held,
                     size_t desk);

/** What is to be remembered of a child if it hangs, but for the trial: to be taken before its
 * end is judged. */
struct hang hangs_expect(const struct held *held);

/** A trial has been judged: remember what it was if it hung, and is to be confirmed. Without
 * memory that is taken back at once. */
void hangs_note(struct hangs *hangs, struct campaign *campaign, struct trial *trial,
                const struct hang *end);

/** Account for the time and the allocations of the processes by which hangs are to be confirmed. */
void hangs_watch(struct hangs *hangs, const struct mf_suite *suite,
                 const struct channel *channel);

/** Take back hangs that may be none, when all has ended. */
void hangs_settle(const struct hangs *hangs, struct campaign *campaign);

/** Release them. */
void hangs_destroy(struct hangs *hangs);

#endif
