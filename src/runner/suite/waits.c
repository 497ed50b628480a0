// SPDX-License-Identifier: MIT
#include "runner/suite/waits.h"

#include "runner/suite/deadline.h"
#include "runner/suite/desks.h"

/** This part of the time that a process has left is what it waits at most until the look at
 * another one's child is over. */
#define WAIT_PART 4
/** How often children are looked at. */
#define LOOK_PERIOD (20 * CLOCK_MILLISECOND)
/** Where the suite has a time to keep to, a child runs for this part of what is left, and for so
 * long in any case, if the machine is not busy: most of what breaks does so soon. */
#define HORIZON_PART 16
#define HORIZON_MIN  (5 * CLOCK_MILLISECOND)

/** Whether a process waits at a desk for the runner. */
static bool is_waiting(const struct desks *desks, unsigned at) {
    const struct held *held = &desks->inplace.targets[at];
    const struct mf_child *told = &held->explore->child;
    return atomic_load(&desks->suite->desks[at].asks) ||
           (!held->child.pid && atomic_load(&told->busy) && atomic_load(&told->pid) > 0 &&
            !atomic_load(&told->traced));
}

/** Until when a process may wait that has begun to. */
static uint64_t wait_most(struct desks *desks, unsigned at) {
    uint64_t now = clock_now();
    uint64_t until = deadline_of(atomic_load(&desks->suite->desks[at].holder),
                                 &desks->commands.harnesses);
    uint64_t left = until > now ? until - now : 0;
    uint64_t own = desks->inplace.targets[at].explore->child.hold_ns;
    return now + (left < own ? left : own) / WAIT_PART;
}

uint64_t waits_until(void *context) {
    struct desks *desks = context;
    uint64_t until = CLOCK_NEVER;
    for (unsigned i = 0; i < desks->inplace.target_count; i++) {
        const struct held *held = &desks->inplace.targets[i];
        uint64_t own =
            held->child.pid && held->child.until_ns ? held->child.until_ns : CLOCK_NEVER;
        if (is_waiting(desks, i)) {
            desks->waits[i] = desks->waits[i] ? desks->waits[i] : wait_most(desks, i);
            own = desks->waits[i];
        }
        until = own < until ? own : until;
    }
    return until;
}

uint64_t waits_horizon(const struct mf_suite *suite) {
    int64_t spare = mf_suite_spare(suite, clock_now()) / HORIZON_PART;
    int64_t least = (int64_t)((double)HORIZON_MIN * deadline_load());
    return suite->within == 0 ? 0 : (uint64_t)(spare > least ? spare : least);
}

uint64_t waits_period(const struct desks *desks) {
    uint64_t now = clock_now(), period = LOOK_PERIOD;
    for (unsigned i = 0; i < desks->inplace.target_count; i++) {
        const struct child *child = &desks->inplace.targets[i].child;
        uint64_t end = child->time.since_ns + child->horizon_ns;
        if (child->pid && child->horizon_ns && !child->cut) {
            uint64_t left = end > now ? end - now : 0;
            period = left < period ? left : period;
        }
    }
    return period;
}
