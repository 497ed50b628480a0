// SPDX-License-Identifier: MIT
#include "runner/run/timelimit.h"

#include "runner/run/timedwait.h"
#include "runner/util/clock.h"

/** By the clock it may take so many times its limit. */
#define LIMITS_MAX 50
/** When so much of the limit is over, account begins: most processes end long before. */
#define ACCOUNT_PART 4

/** After so many processes that slept to the end of their longer time no other one has a
 * longer time. */
#define SLEEPERS_MAX 3

/** How many there were. */
static unsigned sleepers;

/** How long this process looked at one process, and saw to no other. */
static uint64_t occupied_ns;

void timelimit_exclude(uint64_t span_ns) {
    occupied_ns += span_ns;
}

void timelimit_begin(struct timelimit *timelimit) {
    *timelimit = (struct timelimit){.since_ns = clock_now(), .occupied_ns = occupied_ns};
}

void timelimit_account(struct timelimit *timelimit, pid_t pid) {
    const struct procfile_share none = {.tid = pid};
    timelimit->accounted = true;
    waiting_begin(&timelimit->waiting, &none);
}

/** The part of the time that does not count. */
static uint64_t excused(const struct timelimit *timelimit, pid_t pid) {
    struct procfile_share share = procfile_longest_wait(pid);
    return share.waited_ns + waiting_stood_still(&timelimit->waiting, &share) +
           occupied_ns - timelimit->occupied_ns;
}

uint64_t timelimit_left(struct timelimit *timelimit, uint64_t limit_ns, pid_t pid) {
    uint64_t spent = clock_now() - timelimit->since_ns, usual_ns = limit_ns;
    if (spent >= limit_ns / ACCOUNT_PART && !timelimit->accounted) {
        struct procfile_share share = procfile_longest_wait(pid);
        timelimit->accounted = true;
        waiting_begin(&timelimit->waiting, &share);
    }
    if (spent >= limit_ns) {
        uint64_t waited = excused(timelimit, pid);
        uint64_t most = (LIMITS_MAX - 1) * limit_ns;
        limit_ns += waited < most ? waited : most;
    }
    if (spent >= limit_ns && timelimit->patient && timelimit->state == TIMELIMIT_OPEN) {
        bool asleep = sleepers < SLEEPERS_MAX && timedwait_is_in(pid);
        timelimit->state = asleep ? TIMELIMIT_ASLEEP : TIMELIMIT_AWAKE;
    }
    if (timelimit->state == TIMELIMIT_ASLEEP) {
        limit_ns += TIMELIMIT_SLEEPS * usual_ns;
    }
    if (spent >= limit_ns && timelimit->state == TIMELIMIT_ASLEEP) {
        timelimit->state = TIMELIMIT_AWAKE;
        sleepers++;
    }
    return spent < limit_ns ? limit_ns - spent : 0;
}

uint64_t timelimit_spent(const struct timelimit *timelimit, pid_t pid) {
    uint64_t spent = clock_now() - timelimit->since_ns;
    uint64_t waited = timelimit->accounted ? excused(timelimit, pid) : 0;
    return spent > waited ? spent - waited : 0;
}
