// SPDX-License-Identifier: MIT
#include "runner/inplace/enclosed.h"

#include "runner/inplace/barrier.h"
#include "runner/inplace/held.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>

/** The code of a SIGSYS that seccomp sends: SYS_SECCOMP, which not every C library has. */
#define BY_SECCOMP 1

/** Whether it was the barrier that sent SIGSYS. */
static bool is_trap(pid_t pid) {
    siginfo_t info;
    return ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 && info.si_code == BY_SECCOMP;
}

/** Whether a process sends what the barrier and steps send, too. These make the kernel forget
 * that a program ignores it. */
static bool is_sent(pid_t pid, int signal) {
    siginfo_t info;
    return (signal == SIGSYS || signal == SIGTRAP) &&
           ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 && info.si_code <= 0;
}

/** A process is stopped by the barrier. */
static enum enclosed_stop on_barrier(struct enclosed *enclosed, struct held *held,
                                     pid_t pid) {
    bool known = held->places.raises;
    enum stand_in result = stand_in(&enclosed->call, pid, held->job.pid,
                                    held->explore->pass, &held->places, enclosed->barred);
    if (held->places.raises && !known) {
        const uint64_t places[BARRIER_PLACES] = {held->places.gettid, held->places.number,
                                                 held->places.tgkill};
        barrier_open(held->explore, places);
        atomic_store(&held->explore->forerunner.outdated, 1);
    }
    switch (result) {
    case STAND_IN_ENDS:
        return ENCLOSED_ENDS;
    case STAND_IN_STEPS:
        enclosed->stepping = true;
        ptrace(PTRACE_SINGLESTEP, pid, NULL, 0);
        break;
    case STAND_IN_GOES_ON:
        tracee_resume(pid, 0);
        break;
    }
    return ENCLOSED_SEEN_TO;
}

/** A process has made a call under our eyes. */
static void on_step(struct enclosed *enclosed, pid_t pid) {
    enclosed->stepping = false;
    stand_in_after(&enclosed->call, pid);
    tracee_resume(pid, 0);
}

enum enclosed_stop enclosed_stops(struct enclosed *enclosed, struct held *held,
                                  const struct tracee_event *event) {
    if (event->signal == SIGSYS && is_trap(event->tid)) {
        return on_barrier(enclosed, held, event->tid);
    }
    if (is_sent(event->tid, event->signal)) {
        snprintf(enclosed->barred, sizeof(enclosed->barred), "raise");
        return ENCLOSED_ENDS;
    }
    if (event->signal == SIGTRAP && enclosed->stepping) {
        on_step(enclosed, event->tid);
        return ENCLOSED_SEEN_TO;
    }
    return ENCLOSED_OTHER;
}
