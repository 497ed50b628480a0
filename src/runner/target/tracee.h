// SPDX-License-Identifier: MIT
/**
 * The ptrace loop: what happens to a target's processes and threads, one small event at a
 * time. The only user of ptrace for control; regs and unwind read what is stopped.
 *
 * The tracer must be one thread. Forks, clones and execs are followed without being asked
 * about; when the tracer dies, everything it traces is killed by the kernel. Where
 * tracing is refused the same events come from wait(), for direct children and without
 * signals.
 */
#ifndef MF_RUNNER_TARGET_TRACEE_H
#define MF_RUNNER_TARGET_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum tracee_kind {
    /** Nothing now (or nobody left to wait for). */
    TRACEE_NOTHING,
    /** About to be given `signal`; stands still until tracee_resume(). */
    TRACEE_SIGNAL,
    /** Stopped by `signal` as job control does it; waits for SIGCONT by itself. */
    TRACEE_STOPPED,
    /** Stands still because of tracee_interrupt(), or because it is new. */
    TRACEE_INTERRUPTED,
    /** A process or thread is gone; `status` is wait()'s. */
    TRACEE_ENDED,
};

struct tracee_event {
    enum tracee_kind kind;
    pid_t tid;
    int signal;
    int status;
};

struct tracer {
    /** Whether the target is traced. */
    bool on;
    /** Threads that are traced and not known to have ended. */
    pid_t *tids;
    size_t count, room;
};

/**
 * Trace a child that is waiting to be let go.
 *
 * @return
 *         0 on success, -1 with errno where the kernel refuses.
 */
int tracee_seize(struct tracer *tracer, pid_t pid);

/**
 * Have a child go on that a signal has stopped, traced or not, before its events are
 * waited for: with the signal, where that does not stop it once more.
 */
void tracee_urge(pid_t pid);

/**
 * The next event.
 *
 * @block
 *         Whether to wait for one.
 */
struct tracee_event tracee_next(struct tracer *tracer, bool block);

/** Let a thread go on, with a signal or 0. */
void tracee_resume(pid_t tid, int signal);

/** Have a running thread stop; TRACEE_INTERRUPTED comes when it has. 0 on success. */
int tracee_interrupt(pid_t tid);

/** Trace nothing any more, so that what still runs can outlive the tracer. */
void tracee_detach_all(struct tracer *tracer);

/** Release the tracer's memory. */
void tracee_destroy(struct tracer *tracer);

#endif
