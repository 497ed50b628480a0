// SPDX-License-Identifier: MIT
/**
 * The ptrace loop: events of the processes that the runner traces or waits for.
 *
 * Threads and children of a traced process are traced, too; each has the same owner as its
 * parent. One loop serves all owners.
 */
#ifndef MF_RUNNER_TARGET_TRACEE_H
#define MF_RUNNER_TARGET_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum tracee_kind {
    /** No event (or no process left to wait for). */
    TRACEE_NOTHING,
    /** About to get `signal`; stopped until tracee_resume(). */
    TRACEE_SIGNAL,
    /** In a job-control stop by `signal`; it waits for SIGCONT by itself. */
    TRACEE_STOPPED,
    /** Stopped because of tracee_interrupt(), or because it is new. */
    TRACEE_INTERRUPTED,
    /** A process or thread has ended; `status` is as from wait(). */
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

/** Callbacks that get the events of traced processes before their owners do; runner/breakpoint
 * has one. The thread is stopped when they are called, and they leave it stopped. */
struct tracee_agent {
    /** A process has executed another image, and is stopped at its beginning. */
    void (*executed)(struct tracee_agent *agent, pid_t pid);
    /** There is a new thread or process, which has not run yet. `vforked`: its parent waits for
     * it after vfork(). */
    void (*cloned)(struct tracee_agent *agent, pid_t parent, pid_t tid, bool vforked);
    /** A thread is about to get SIGTRAP. @return whether it continues without the signal. */
    bool (*trapped)(struct tracee_agent *agent, pid_t tid);
    /**
     * Where a thread that is in code of the agent would be in the program.
     *
     * @pc, @sp
     *         The thread's registers; changed to the values that they would have in the program.
     */
    void (*place)(struct tracee_agent *agent, pid_t tid, uint64_t *pc, uint64_t *sp);
    /** A thread or process has ended. */
    void (*ended)(struct tracee_agent *agent, pid_t tid);
    /** A thread is no longer traced. */
    void (*released)(struct tracee_agent *agent, pid_t tid);
};

/** A thread that is traced, or a process that is only waited for. */
struct tracee {
    pid_t tid;
    void *owner;
    /** NULL = none. */
    struct tracee_agent *agent;
    /** Whether its process group is killed when it ends, before its pid can be reused. */
    bool leads;
    /** Whether it stays stopped until its parent's event shows who its owner is. */
    bool parked;
};

/** Called for a process that has executed another image and is stopped at its beginning. */
typedef void tracee_executed_function(void *context, pid_t pid);

/** Called for a thread that is about to end; its process's descriptors are still open. */
typedef void tracee_leaving_function(void *owner, pid_t tid);

struct tracer {
    /** Whether threads in a job-control stop are examined when they are interrupted: SIGCONT
     * does not continue them then. */
    bool looks;
    /** Whether anything is traced. */
    bool on;
    /** Whether to note the limit on the address space of a process that leads its group, when
     * it ends; and that of the last one, in bytes; 0 = none. */
    bool asks_limit;
    uint64_t address_limit;
    /** NULL = not called. */
    tracee_executed_function *executed;
    void *context;
    /** Must be set before anything is traced; NULL = not called. */
    tracee_leaving_function *leaving;
    /** The threads and processes that are not known to have ended. */
    struct tracee *list;
    size_t count, room;
};

/**
 * Trace a child that is waiting for permission to run.
 *
 * @return
 *         0 on success, -1 with errno if the kernel refuses.
 */
int tracee_seize(struct tracer *tracer, pid_t pid, void *owner);

/** Set the agent of a traced process that has not run yet, and of its later threads and
 * children. */
void tracee_entrust(struct tracer *tracer, pid_t pid, struct tracee_agent *agent);

/** Remove an agent from all threads and processes. */
void tracee_dismiss(struct tracer *tracer, const struct tracee_agent *agent);

/** Add a child that has asked to be traced (PTRACE_TRACEME). */
void tracee_adopt(struct tracer *tracer, pid_t pid, void *owner);

/** Whether a pid is a child of the runner, running or not yet waited for: then the pid cannot
 * have been reused. */
bool tracee_is_child(pid_t pid);

/** Whether a process or thread is one that is traced or waited for. */
bool tracee_is_known(const struct tracer *tracer, pid_t tid);

/** Wait for a child, traced or not, that leads a process group: the rest of the group is killed
 * when it ends. */
void tracee_watch(struct tracer *tracer, pid_t pid, void *owner);

/**
 * Continue a child, traced or not, that a signal has stopped before the runner waits for its
 * events; deliver the signal unless it would stop the child again.
 */
void tracee_urge(pid_t pid);

/**
 * The next event.
 *
 * @block
 *         Whether to wait for one.
 */
struct tracee_event tracee_next(struct tracer *tracer, bool block);

/** Continue a thread, with a signal or 0. */
void tracee_resume(pid_t tid, int signal);

/** Leave a thread in a job-control stop until SIGCONT. */
void tracee_listen(pid_t tid);

/** Stop a running thread; the event TRACEE_INTERRUPTED follows. 0 on success. */
int tracee_interrupt(pid_t tid);

/** Stop tracing, so that processes that still run can outlive the tracer. */
void tracee_detach_all(struct tracer *tracer);

/** Release the tracer's memory. */
void tracee_destroy(struct tracer *tracer);

#endif
