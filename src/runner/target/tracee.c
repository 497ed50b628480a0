// SPDX-License-Identifier: MIT
#include "runner/target/tracee.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#define OPTIONS                                                                          \
    (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                    \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/** How long threads are given to stop before they are left alone, in tries of 1 ms. */
#define PATIENCE 2000

/** Remember a thread; a tracer short of memory only cannot detach it at the end. */
static void remember(struct tracer *tracer, pid_t tid) {
    for (size_t i = 0; i < tracer->count; i++) {
        if (tracer->tids[i] == tid) {
            return;
        }
    }
    if (tracer->count == tracer->room) {
        size_t room = tracer->room ? 2 * tracer->room : 16;
        void *tids = reallocarray(tracer->tids, room, sizeof(tracer->tids[0]));
        if (!tids) {
            return;
        }
        tracer->tids = tids;
        tracer->room = room;
    }
    tracer->tids[tracer->count++] = tid;
}

static void forget(struct tracer *tracer, pid_t tid) {
    for (size_t i = 0; i < tracer->count; i++) {
        if (tracer->tids[i] == tid) {
            tracer->tids[i] = tracer->tids[--tracer->count];
            return;
        }
    }
}

int tracee_seize(struct tracer *tracer, pid_t pid) {
    if (ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS) != 0) {
        return -1;
    }
    tracer->on = true;
    remember(tracer, pid);
    return 0;
}

static bool is_job_control(int signal) {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
           signal == SIGTTOU;
}

void tracee_urge(pid_t pid) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | __WALL) != 0 ||
        info.si_pid != pid) {
        return;
    }
    if (info.si_code == CLD_TRAPPED) {
        // It may stand at its exec by now: an event, which is no signal to be passed on.
        bool passed = info.si_status >> 8 == 0 && !is_job_control(info.si_status);
        ptrace(PTRACE_CONT, pid, NULL, (long)(passed ? info.si_status : 0));
    } else {
        kill(pid, SIGCONT);
    }
}

/** A fork or clone: remember the new one before its parent can do anything more. */
static void remember_new(struct tracer *tracer, pid_t parent) {
    unsigned long tid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &tid) == 0 && tid) {
        remember(tracer, (pid_t)tid);
    }
}

/** A stop that ptrace made: what it means, or nothing where it is dealt with here. */
static enum tracee_kind on_trap(struct tracer *tracer, pid_t tid, int event, int signal) {
    switch (event) {
    case PTRACE_EVENT_STOP:
        if (!is_job_control(signal)) {
            return TRACEE_INTERRUPTED;
        }
        ptrace(PTRACE_LISTEN, tid, NULL, 0);
        return TRACEE_STOPPED;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        remember_new(tracer, tid);
        break;
    default:
        break;
    }
    ptrace(PTRACE_CONT, tid, NULL, 0);
    return TRACEE_NOTHING;
}

static struct tracee_event classify(struct tracer *tracer, pid_t tid, int status) {
    struct tracee_event event = {.tid = tid, .status = status};
    if (!WIFSTOPPED(status)) {
        event.kind = TRACEE_ENDED;
        forget(tracer, tid);
        return event;
    }
    event.signal = WSTOPSIG(status);
    int trap = status >> 16;
    if (!tracer->on) {
        event.kind = TRACEE_STOPPED;
    } else if (trap) {
        remember(tracer, tid);
        event.kind = on_trap(tracer, tid, trap, event.signal);
    } else {
        event.kind = TRACEE_SIGNAL;
    }
    return event;
}

struct tracee_event tracee_next(struct tracer *tracer, bool block) {
    int how = (tracer->on ? __WALL : WUNTRACED) | (block ? 0 : WNOHANG);
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, how);
        if (tid < 0 && errno == EINTR) {
            continue;
        }
        if (tid <= 0) {
            return (struct tracee_event){.kind = TRACEE_NOTHING};
        }
        struct tracee_event event = classify(tracer, tid, status);
        if (event.kind != TRACEE_NOTHING) {
            return event;
        }
    }
}

void tracee_resume(pid_t tid, int signal) {
    ptrace(PTRACE_CONT, tid, NULL, (long)signal);
}

int tracee_interrupt(pid_t tid) {
    return ptrace(PTRACE_INTERRUPT, tid, NULL, 0) == 0 ? 0 : -1;
}

/** Have a thread stop; forget it where it is gone. */
static void stop(struct tracer *tracer, pid_t tid) {
    if (tracee_interrupt(tid) != 0) {
        forget(tracer, tid);
    }
}

/** Let go of a thread that has stopped. What it has just forked is to stop, too: it would
 * be killed with us. */
static void detach(struct tracer *tracer, pid_t tid, int status) {
    int trap = status >> 16;
    if (trap == PTRACE_EVENT_FORK || trap == PTRACE_EVENT_VFORK ||
        trap == PTRACE_EVENT_CLONE) {
        remember_new(tracer, tid);
        stop(tracer, tracer->tids[tracer->count - 1]);
    }
    ptrace(PTRACE_DETACH, tid, NULL, (long)(trap ? 0 : WSTOPSIG(status)));
}

void tracee_detach_all(struct tracer *tracer) {
    const struct timespec pause = {0, 1000000};
    // All at once: a parent in vfork() stops when its child has gone on.
    for (size_t i = tracer->count; i-- > 0;) {
        stop(tracer, tracer->tids[i]);
    }
    for (int patience = PATIENCE; tracer->count > 0 && patience > 0;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
        if (tid < 0 && errno == ECHILD) {
            break;
        }
        if (tid <= 0) {
            patience--;
            nanosleep(&pause, NULL);
            continue;
        }
        if (WIFSTOPPED(status)) {
            detach(tracer, tid, status);
        }
        forget(tracer, tid);
    }
    tracer->on = false;
}

void tracee_destroy(struct tracer *tracer) {
    free(tracer->tids);
    *tracer = (struct tracer){0};
}
