// SPDX-License-Identifier: MIT
#include "runner/breakpoint/breakpoints.h"

#include "runner/breakpoint/call.h"
#include "runner/crash/registers.h"
#include "runner/target/procfile.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct breakpoints {
    /** Comes first: the agent is all that tracers know. */
    struct tracee_agent agent;
    struct served_run run;
    struct mf_policy policy;
    struct served_thread *threads;
    size_t count, room;
    /** Which one was found last. */
    size_t recent;
    const char *fault;
};

static struct breakpoints *of(struct tracee_agent *agent) {
    return (struct breakpoints *)agent;
}

static struct served_thread *find(struct breakpoints *breakpoints, pid_t tid) {
    if (breakpoints->recent < breakpoints->count &&
        breakpoints->threads[breakpoints->recent].tid == tid) {
        return &breakpoints->threads[breakpoints->recent];
    }
    for (size_t i = 0; i < breakpoints->count; i++) {
        if (breakpoints->threads[i].tid == tid) {
            breakpoints->recent = i;
            return &breakpoints->threads[i];
        }
    }
    return NULL;
}

/** Add a thread of a process; NULL where memory ran out. */
static struct served_thread *add(struct breakpoints *breakpoints, pid_t tid,
                                 struct served *process) {
    if (breakpoints->count == breakpoints->room) {
        size_t room = breakpoints->room ? 2 * breakpoints->room : 16;
        void *threads =
            reallocarray(breakpoints->threads, room, sizeof(breakpoints->threads[0]));
        if (!threads) {
            return NULL;
        }
        breakpoints->threads = threads;
        breakpoints->room = room;
    }
    struct served_thread *thread = &breakpoints->threads[breakpoints->count++];
    *thread = (struct served_thread){.tid = tid, .process = process, .index = 1};
    process->living++;
    return thread;
}

/** Remove a thread, and with its last one the process. */
static void drop(struct breakpoints *breakpoints, size_t at) {
    struct served_thread *thread = &breakpoints->threads[at];
    struct served *process = thread->process;
    if (--process->living == 0) {
        if (breakpoints->run.memory_of == process->pid && breakpoints->run.memory >= 0) {
            close(breakpoints->run.memory);
            breakpoints->run.memory = -1;
        }
        // Another process may get its number.
        callstack_forget(&breakpoints->run.stack);
        free(process);
    }
    free(thread->counts);
    *thread = breakpoints->threads[--breakpoints->count];
}

/** A process has become another program: its threads are gone, but not those that have its
 * memory for now. */
static void forget(struct breakpoints *breakpoints, pid_t pid) {
    struct served_thread *thread = find(breakpoints, pid);
    struct served *process = thread && !thread->borrows ? thread->process : NULL;
    for (size_t i = breakpoints->count; i-- > 0;) {
        struct served_thread *at = &breakpoints->threads[i];
        if (at->tid == pid || (at->process == process && !at->borrows)) {
            drop(breakpoints, i);
        }
    }
    if (breakpoints->run.memory >= 0 && breakpoints->run.memory_of == pid) {
        close(breakpoints->run.memory);
        breakpoints->run.memory = -1;
    }
    callstack_forget(&breakpoints->run.stack);
}

/** Whether a process runs the program. */
static bool is_program(const struct breakpoints *breakpoints, pid_t pid) {
    const struct mf_patch_file *file = &breakpoints->run.plan->patches->files[0];
    char path[32];
    struct stat status;
    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    return stat(path, &status) == 0 && status.st_dev == file->device &&
           status.st_ino == file->inode;
}

static void on_executed(struct tracee_agent *agent, pid_t pid) {
    struct breakpoints *breakpoints = of(agent);
    struct served_run *run = &breakpoints->run;
    forget(breakpoints, pid);
    if (!is_program(breakpoints, pid)) {
        return;
    }
    struct served *process = calloc(1, sizeof(*process));
    int memory = served_memory(run, pid);
    const char *fault =
        !process     ? GATES_FAULT("there is no memory")
        : memory < 0 ? GATES_FAULT("its memory cannot be written")
                     : gates_make(&process->gates, run->plan, pid, memory, run->channel);
    if (!fault) {
        process->pid = pid;
        if (add(breakpoints, pid, process)) {
            served_begin(run, process, NULL);
            return;
        }
        fault = GATES_FAULT("there is no memory");
    }
    free(process);
    breakpoints->fault = fault;
}

/** Whether two processes have one memory: one was made by vfork(), say. */
static bool shares_memory(pid_t one, pid_t other, bool vforked) {
    long order = syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0);
    // Not every kernel, nor every container, has that call.
    return order < 0 ? vforked : order == 0;
}

/** A fork has everything that its parent has, but what it counts is its own. */
static void take_fork(struct breakpoints *breakpoints, const struct served *parent,
                      pid_t pid) {
    struct served *process = malloc(sizeof(*process));
    if (!process) {
        return;
    }
    *process = *parent;
    process->pid = pid;
    process->living = 0;
    if (!add(breakpoints, pid, process)) {
        free(process);
        return;
    }
    served_begin(&breakpoints->run, process, parent);
}

static void on_cloned(struct tracee_agent *agent, pid_t parent, pid_t tid, bool vforked) {
    struct breakpoints *breakpoints = of(agent);
    const struct served_thread *from = find(breakpoints, parent);
    struct served *process = from ? from->process : NULL;
    if (!process || find(breakpoints, tid)) {
        return;
    }
    bool thread = procfile_process_of(tid) != tid;
    if (!thread && !shares_memory(parent, tid, vforked)) {
        take_fork(breakpoints, process, tid);
        return;
    }
    struct served_thread *added = add(breakpoints, tid, process);
    if (added) {
        added->borrows = !thread;
        added->index = ++process->threads;
    }
}

/** Have a call fail. */
static void fail(const struct served_run *run, const struct served_thread *thread,
                 unsigned which) {
    const struct mf_patches *patches = run->plan->patches;
    uint32_t function = breakpoint_plan_function(&patches->list[which]);
    int64_t value = function == MF_POSIX_MEMALIGN ? ENOMEM : 0;
    int32_t error = function == MF_POSIX_MEMALIGN ? 0 : ENOMEM;
    if (function >= MF_NAMED) {
        value = patches->named[function - MF_NAMED].value;
        error = patches->named[function - MF_NAMED].error;
    }
    machine_fail(thread->tid, thread->process->gates.refusal, value, error);
}

static bool on_trapped(struct tracee_agent *agent, pid_t tid) {
    struct breakpoints *breakpoints = of(agent);
    struct served_thread *thread = find(breakpoints, tid);
    struct machine_stop stop;
    if (!thread || machine_read(&stop, tid) != 0) {
        return false;
    }
    struct served *process = thread->process;
    uint64_t on = served_arrive(&breakpoints->run, process, stop.pc);
    if (on) {
        registers_set_pc(tid, on);
        return true;
    }
    int which = gates_find(&process->gates, breakpoints->run.plan, stop.pc);
    if (which >= 0 && call_fails(&breakpoints->run, thread, (unsigned)which, &stop)) {
        fail(&breakpoints->run, thread, (unsigned)which);
    }
    return which >= 0;
}

static void on_place(struct tracee_agent *agent, pid_t tid, uint64_t *pc, uint64_t *sp) {
    struct breakpoints *breakpoints = of(agent);
    const struct served_thread *thread = find(breakpoints, tid);
    if (thread) {
        gates_place(&thread->process->gates, breakpoints->run.plan, pc, sp);
    }
}

static void on_ended(struct tracee_agent *agent, pid_t tid) {
    struct breakpoints *breakpoints = of(agent);
    if (find(breakpoints, tid)) {
        drop(breakpoints, breakpoints->recent);
    }
}

static void on_released(struct tracee_agent *agent, pid_t tid) {
    struct breakpoints *breakpoints = of(agent);
    struct served_thread *thread = find(breakpoints, tid);
    if (thread) {
        served_let_go(&breakpoints->run, thread->process);
    }
}

/** Read the channel's policy; 0 on success, -1 with errno. */
static int read_policy(struct mf_policy *policy, const struct mf_head *head) {
    struct mf_arena arena = {.size = MF_POLICY_ARENA_SIZE};
    struct mf_policy_error error;
    arena.memory = malloc(arena.size);
    if (!arena.memory) {
        return -1;
    }
    int bad = mf_policy_parse(head->policy, head->policy_length, &arena, policy, &error);
    free(arena.memory);
    errno = EINVAL;
    return bad;
}

int breakpoints_begin(struct breakpoints **result, const struct breakpoint_plan *plan,
                      const struct channel *channel) {
    *result = NULL;
    if (!plan || !plan->patches) {
        return 0;
    }
    struct breakpoints *breakpoints = calloc(1, sizeof(*breakpoints));
    if (!breakpoints) {
        return -1;
    }
    breakpoints->agent = (struct tracee_agent){
        .executed = on_executed,
        .cloned = on_cloned,
        .trapped = on_trapped,
        .place = on_place,
        .ended = on_ended,
        .released = on_released,
    };
    breakpoints->run = (struct served_run){
        .plan = plan,
        .channel = channel,
        .policy = &breakpoints->policy,
        .memory = -1,
    };
    if (read_policy(&breakpoints->policy, channel->head) != 0) {
        int saved = errno;
        free(breakpoints);
        errno = saved;
        return -1;
    }
    channel->head->options |= MF_OPTION_STATIC;
    *result = breakpoints;
    return 0;
}

struct tracee_agent *breakpoints_agent(struct breakpoints *breakpoints) {
    return breakpoints ? &breakpoints->agent : NULL;
}

const char *breakpoints_fault(const struct breakpoints *breakpoints) {
    return breakpoints ? breakpoints->fault : NULL;
}

void breakpoints_free(struct breakpoints *breakpoints) {
    if (!breakpoints) {
        return;
    }
    while (breakpoints->count > 0) {
        struct served_thread *last = &breakpoints->threads[breakpoints->count - 1];
        served_let_go(&breakpoints->run, last->process);
        drop(breakpoints, breakpoints->count - 1);
    }
    if (breakpoints->run.memory >= 0) {
        close(breakpoints->run.memory);
    }
    callstack_destroy(&breakpoints->run.stack);
    free(breakpoints->threads);
    free(breakpoints);
}
