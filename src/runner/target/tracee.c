// SPDX-License-Identifier: MIT
#include "runner/target/tracee.h"

#include "runner/target/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define OPTIONS                                                                          \
    (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                    \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/** How long threads are given to stop before they are left alone, in tries of 1 ms. */
#define PATIENCE 2000

/** So many events that are no owner's are seen to in a row; then time is looked at, too. */
#define AT_ONCE_MAX 256

static struct tracee *find(const struct tracer *tracer, pid_t tid) {
    for (size_t i = 0; i < tracer->count; i++) {
        if (tracer->list[i].tid == tid) {
            return &tracer->list[i];
        }
    }
    return NULL;
}

/** Remember a thread; a tracer short of memory only cannot detach it at the end. NULL
 * then. */
static struct tracee *remember(struct tracer *tracer, pid_t tid, void *owner) {
    struct tracee *known = find(tracer, tid);
    if (known) {
        return known;
    }
    if (tracer->count == tracer->room) {
        size_t room = tracer->room ? 2 * tracer->room : 16;
        void *list = reallocarray(tracer->list, room, sizeof(tracer->list[0]));
        if (!list) {
            return NULL;
        }
        tracer->list = list;
        tracer->room = room;
    }
    struct tracee *tracee = &tracer->list[tracer->count++];
    *tracee = (struct tracee){.tid = tid, .owner = owner};
    return tracee;
}

static void forget(struct tracer *tracer, pid_t tid) {
    struct tracee *tracee = find(tracer, tid);
    if (tracee) {
        *tracee = tracer->list[--tracer->count];
    }
}

int tracee_seize(struct tracer *tracer, pid_t pid, void *owner) {
    long options = OPTIONS | (tracer->leaving ? PTRACE_O_TRACEEXIT : 0);
    if (ptrace(PTRACE_SEIZE, pid, NULL, options) != 0) {
        return -1;
    }
    tracer->on = true;
    remember(tracer, pid, owner);
    return 0;
}

void tracee_entrust(struct tracer *tracer, pid_t pid, struct tracee_agent *agent) {
    struct tracee *tracee = find(tracer, pid);
    if (tracee) {
        tracee->agent = agent;
    }
}

void tracee_dismiss(struct tracer *tracer, const struct tracee_agent *agent) {
    for (size_t i = 0; i < tracer->count; i++) {
        if (tracer->list[i].agent == agent) {
            tracer->list[i].agent = NULL;
        }
    }
}

void tracee_adopt(struct tracer *tracer, pid_t pid, void *owner) {
    tracer->on = true;
    remember(tracer, pid, owner);
}

bool tracee_is_child(pid_t pid) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

bool tracee_is_known(const struct tracer *tracer, pid_t tid) {
    return find(tracer, tid);
}

void tracee_watch(struct tracer *tracer, pid_t pid, void *owner) {
    struct tracee *tracee = remember(tracer, pid, owner);
    if (tracee) {
        tracee->leads = true;
    }
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

/** A fork or clone: remember the new one before its parent can do anything more; if it
 * has stopped already, let it go on. */
static void remember_new(struct tracer *tracer, pid_t parent, bool vforked) {
    unsigned long tid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &tid) != 0 || !tid) {
        return;
    }
    const struct tracee *from = find(tracer, parent);
    void *owner = from ? from->owner : NULL;
    struct tracee_agent *agent = from ? from->agent : NULL;
    struct tracee *tracee = remember(tracer, (pid_t)tid, owner);
    if (tracee && agent) {
        tracee->agent = agent;
        agent->cloned(agent, parent, tracee->tid, vforked);
    }
    if (tracee && tracee->parked) {
        tracee->parked = false;
        tracee->owner = owner;
        ptrace(PTRACE_CONT, tracee->tid, NULL, 0);
    }
}

/** A new thread has stopped before its parent's event came: it waits for that. */
static bool is_parked(struct tracer *tracer, pid_t tid) {
    if (find(tracer, tid)) {
        return false;
    }
    struct tracee *tracee = remember(tracer, tid, NULL);
    if (tracee) {
        tracee->parked = true;
    }
    return tracee;
}

static struct tracee_agent *agent_of(const struct tracer *tracer, pid_t tid) {
    const struct tracee *tracee = find(tracer, tid);
    return tracee ? tracee->agent : NULL;
}

/** A process has executed another image. */
static void tell_executed(const struct tracer *tracer, pid_t pid) {
    struct tracee_agent *agent = agent_of(tracer, pid);
    if (tracer->executed) {
        tracer->executed(tracer->context, pid);
    }
    if (agent) {
        agent->executed(agent, pid);
    }
}

/** A stop that ptrace made: what it means, or nothing where it is dealt with here. */
static enum tracee_kind on_trap(struct tracer *tracer, pid_t tid, int event, int signal) {
    switch (event) {
    case PTRACE_EVENT_STOP:
        if (is_parked(tracer, tid)) {
            return TRACEE_NOTHING;
        }
        if (!is_job_control(signal)) {
            return TRACEE_INTERRUPTED;
        }
        if (!tracer->looks) {
            tracee_listen(tid);
        }
        return TRACEE_STOPPED;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        remember_new(tracer, tid, event == PTRACE_EVENT_VFORK);
        break;
    case PTRACE_EVENT_EXIT:
        if (tracer->leaving && find(tracer, tid)) {
            tracer->leaving(find(tracer, tid)->owner, tid);
        }
        break;
    case PTRACE_EVENT_EXEC:
        tell_executed(tracer, tid);
        break;
    default:
        break;
    }
    ptrace(PTRACE_CONT, tid, NULL, 0);
    return TRACEE_NOTHING;
}

/** Whether a signal is one that the agent has sent for; then its thread goes on. */
static bool is_agents(struct tracee_agent *agent, pid_t tid, int signal) {
    bool is = agent && signal == SIGTRAP && agent->trapped(agent, tid);
    if (is) {
        ptrace(PTRACE_CONT, tid, NULL, 0);
    }
    return is;
}

static struct tracee_event classify(struct tracer *tracer, pid_t tid, int status,
                                    bool traced) {
    const struct tracee *tracee = find(tracer, tid);
    struct tracee_event event = {
        .tid = tid, .status = status, .owner = tracee ? tracee->owner : NULL};
    struct tracee_agent *agent = tracee ? tracee->agent : NULL;
    if (!WIFSTOPPED(status)) {
        event.kind = TRACEE_ENDED;
        forget(tracer, tid);
        if (agent) {
            agent->ended(agent, tid);
        }
        return event;
    }
    event.signal = WSTOPSIG(status);
    int trap = status >> 16;
    if (!traced) {
        event.kind = TRACEE_STOPPED;
    } else if (!trap && is_agents(agent, tid, event.signal)) {
        event.kind = TRACEE_NOTHING;
    } else {
        event.kind = trap ? on_trap(tracer, tid, trap, event.signal) : TRACEE_SIGNAL;
    }
    return event;
}

/** Note the limit of a process that has ended and is not yet waited for. */
static void note_limit(struct tracer *tracer, pid_t pid) {
    struct rlimit limit;
    bool limited =
        prlimit(pid, RLIMIT_AS, NULL, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    tracer->address_limit = limited ? limit.rlim_cur : 0;
}

/** Which child has something to tell; 0 = none. What ends stays a zombie meanwhile. */
static pid_t peek(struct tracer *tracer, bool block, bool *traced, bool *ended) {
    int how = WEXITED | WSTOPPED | WNOWAIT | __WALL | (block ? 0 : WNOHANG);
    siginfo_t info = {0};
    while (waitid(P_ALL, 0, &info, how) != 0) {
        if (errno != EINTR) {
            return 0;
        }
    }
    *traced = info.si_code == CLD_TRAPPED;
    *ended = info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED;
    for (size_t i = 0; info.si_pid > 0 && *ended && i < tracer->count; i++) {
        if (tracer->list[i].tid == info.si_pid && tracer->list[i].leads) {
            kill(-info.si_pid, SIGKILL);
            if (tracer->asks_limit) {
                note_limit(tracer, info.si_pid);
            }
        }
    }
    return info.si_pid;
}

struct tracee_event tracee_next(struct tracer *tracer, bool block) {
    for (unsigned looked = 0;; looked++) {
        if (!block && looked == AT_ONCE_MAX) {
            raise(SIGCHLD);
            return (struct tracee_event){.kind = TRACEE_NOTHING};
        }
        int status;
        bool traced, ended;
        pid_t tid = peek(tracer, block, &traced, &ended);
        if (tid <= 0) {
            return (struct tracee_event){.kind = TRACEE_NOTHING};
        }
        if (ended) {
            // Whom a signal to us came from can be told as long as that one is there.
            signals_sift();
        }
        if (waitpid(tid, &status, __WALL | WUNTRACED | WNOHANG) != tid) {
            continue;
        }
        struct tracee_event event = classify(tracer, tid, status, traced);
        if (event.kind != TRACEE_NOTHING) {
            return event;
        }
    }
}

void tracee_resume(pid_t tid, int signal) {
    ptrace(PTRACE_CONT, tid, NULL, (long)signal);
}

void tracee_listen(pid_t tid) {
    ptrace(PTRACE_LISTEN, tid, NULL, 0);
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
        remember_new(tracer, tid, trap == PTRACE_EVENT_VFORK);
        stop(tracer, tracer->list[tracer->count - 1].tid);
    }
    struct tracee_agent *agent = agent_of(tracer, tid);
    bool passed =
        !trap && !(agent && WSTOPSIG(status) == SIGTRAP && agent->trapped(agent, tid));
    if (agent) {
        agent->released(agent, tid);
    }
    ptrace(PTRACE_DETACH, tid, NULL, (long)(passed ? WSTOPSIG(status) : 0));
}

void tracee_detach_all(struct tracer *tracer) {
    const struct timespec pause = {0, 1000000};
    // All at once: a parent in vfork() stops when its child has gone on.
    for (size_t i = tracer->count; i-- > 0;) {
        stop(tracer, tracer->list[i].tid);
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
    free(tracer->list);
    *tracer = (struct tracer){0};
}
