// SPDX-License-Identifier: MIT
#include "runner/inplace/forerunner.h"

#include "runner/inplace/held.h"
#include "runner/util/clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/** After so many calls of one stretch that the runner has had to see to, the target goes on
 * itself: it makes them at full speed. */
#define STOPS_MAX 32

/** It may run by itself for this much longer than twice the time of a clean run: behind that
 * it waits for what only the target can do. */
#define SPARE_TIME (50 * CLOCK_MILLISECOND)

bool forerunner_is(const struct held *held, pid_t pid) {
    const struct mf_forerunner *told = &held->explore->forerunner;
    return held->started && !held->forerunner.pid && atomic_load(&told->busy) &&
           atomic_load(&told->pid) == pid;
}

void forerunner_meet(struct inplace *inplace, struct held *held, pid_t pid) {
    inplace->forerunners++;
    held->forerunner = (struct forerunner){.pid = pid};
    timelimit_begin(&held->forerunner.time);
}

/** Take back what it has written, and let the target go on. */
static void let_go(struct held *held) {
    struct mf_forerunner *told = &held->explore->forerunner;
    for (int k = 0; k < 2; k++) {
        capture_rewind(&held->job.streams[k], told->written[k]);
    }
    held->forerunner = (struct forerunner){0};
    timelimit_begin(&held->job.time);
    atomic_store(&told->pid, 0);
    atomic_store(&told->busy, 0);
    syscall(SYS_futex, &told->busy, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void forerunner_ends(struct held *held) {
    if (held->child.pid) {
        held->forerunner.pid = 0;
        held->forerunner.gone = true;
    } else {
        let_go(held);
    }
}

void forerunner_follow(struct held *held) {
    if (held->forerunner.gone) {
        let_go(held);
    } else if (held->forerunner.pid) {
        timelimit_begin(&held->forerunner.time);
        held->forerunner.stops = 0;
    }
}

/** End it where it stands still. */
static void end(struct held *held) {
    kill(held->forerunner.pid, SIGKILL);
    forerunner_ends(held);
}

void forerunner_stops(struct held *held, const struct tracee_event *event) {
    struct forerunner *forerunner = &held->forerunner;
    if (++forerunner->stops > STOPS_MAX ||
        enclosed_stops(&forerunner->enclosed, held, event) != ENCLOSED_SEEN_TO) {
        end(held);
    }
}

uint64_t forerunner_press(struct held *held, uint64_t clean_ns, bool all) {
    struct forerunner *forerunner = &held->forerunner;
    uint64_t most = held->job.plan->timeout_ns;
    uint64_t limit = 2 * clean_ns + SPARE_TIME;
    uint64_t left =
        timelimit_left(&forerunner->time, limit < most ? limit : most, forerunner->pid);
    if (all || left == 0) {
        kill(forerunner->pid, SIGKILL);
    }
    return left;
}
