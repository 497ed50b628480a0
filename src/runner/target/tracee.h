// SPDX-License-Identifier: MIT
/**
 * The ptrace loop: what happens to processes that the runner traces or waits for.
 *
 * A traced process brings its threads and children along; each belongs to the owner of
 * the one that it came from. One loop serves all owners.
 */
#ifndef MF_RUNNER_TARGET_TRACEE_H
#define MF_RUNNER_TARGET_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum tracee_kind {
    /** Nothing now (or no process left to wait for). */
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
    /** The process that it belongs to; NULL if unknown. */
    void *owner;
};

/** Who sees to traced processes before their owners do; runner/breakpoint has one. Each of
 * them finds its thread standing still, and leaves it so. */
struct tracee_agent {
    /** A process has executed another image, and stands at its beginning. */
    void (*executed)(struct tracee_agent *agent, pid_t pid);
    /** A thread or process is new, and has not run yet; its parent waits for it after
     * vfork(). */
    void (*cloned)(struct tracee_agent *agent, pid_t parent, pid_t tid, bool vforked);
    /** A thread is about to get SIGTRAP. @return whether it goes on without. */
    bool (*trapped)(struct tracee_agent *agent, pid_t tid);
    /**
     * Where a thread stands in the program that stands in code of the agent's.
     *
     * @pc, @sp
     *         Where it stands itself; changed to where it would stand in the program.
     */
    void (*place)(struct tracee_agent *agent, pid_t tid, uint64_t *pc, uint64_t *sp);
    /** A thread or process is gone. */
    void (*ended)(struct tracee_agent *agent, pid_t tid);
    /** A thread is not traced any more from now on. */
    void (*released)(struct tracee_agent *agent, pid_t tid);
};

/** A thread that is traced, or a process that is only waited for. */
struct tracee {
    pid_t tid;
    void *owner;
    /** NULL = nobody. */
    struct tracee_agent *agent;
    /** Whether its process group is killed when it ends, before its number is free. */
    bool leads;
    /** Whether it stands still until its parent's event tells whose it is. */
    bool parked;
};

/** Told of a process that has executed another image and stands at its beginning. */
typedef void tracee_executed_function(void *context, pid_t pid);

/** Told of a thread that is about to end: what its process has open is still open. */
typedef void tracee_leaving_function(void *owner, pid_t tid);

struct tracer {
    /** Whether threads that have stopped themselves are to be looked at, once interrupted:
     * SIGCONT does not have them go on then. */
    bool looks;
    /** Whether anything is traced. */
    bool on;
    /** NULL = nobody is told. */
    tracee_executed_function *executed;
    void *context;
    /** To be set before anything is traced; NULL = nobody is told. */
    tracee_leaving_function *leaving;
    /** Those that are not known to have ended. */
    struct tracee *list;
    size_t count, room;
};

/**
 * Trace a child that is waiting to be let go.
 *
 * @return
 *         0 on success, -1 with errno where the kernel refuses.
 */
int tracee_seize(struct tracer *tracer, pid_t pid, void *owner);

/** Have an agent see to a traced process that has not run yet, and to all that comes of it.
 */
void tracee_entrust(struct tracer *tracer, pid_t pid, struct tracee_agent *agent);

/** Have an agent see to nothing any more. */
void tracee_dismiss(struct tracer *tracer, const struct tracee_agent *agent);

/** Take on a child that has asked to be traced (PTRACE_TRACEME). */
void tracee_adopt(struct tracer *tracer, pid_t pid, void *owner);

/** Whether a pid is a child of ours, dead or alive: then it cannot be anybody else. */
bool tracee_is_child(pid_t pid);

/** Whether a process or thread is one that is traced or waited for. */
bool tracee_is_known(const struct tracer *tracer, pid_t tid);

/** Wait for a child, traced or not, that leads a process group: what is left of the group
 * is killed when it ends. */
void tracee_watch(struct tracer *tracer, pid_t pid, void *owner);

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
