// SPDX-License-Identifier: MIT
#include "runner/run/timelimit.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <unistd.h>

/** By the clock it may take so many times its limit. */
#define LIMITS_MAX 10
/** When so much of the limit is over, account begins: most processes end long before. */
#define ACCOUNT_PART 4

void timelimit_begin(struct timelimit *timelimit) {
    *timelimit = (struct timelimit){.since_ns = clock_now()};
}

uint64_t timelimit_left(struct timelimit *timelimit, uint64_t limit_ns, pid_t pid) {
    uint64_t spent = clock_now() - timelimit->since_ns;
    if (spent >= limit_ns / ACCOUNT_PART && !timelimit->accounted) {
        timelimit->accounted = true;
        timelimit->waited_ns = procfile_wait_time(getpid());
    }
    if (spent >= limit_ns) {
        uint64_t waited = procfile_longest_wait(pid) + procfile_wait_time(getpid()) -
                          timelimit->waited_ns;
        uint64_t most = (LIMITS_MAX - 1) * limit_ns;
        limit_ns += waited < most ? waited : most;
    }
    return spent < limit_ns ? limit_ns - spent : 0;
}
