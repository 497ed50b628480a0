// SPDX-License-Identifier: MIT
#include "runner/run/job.h"

#include "runner/crash/crash.h"
#include "runner/run/exitplace.h"
#include "runner/target/environment.h"
#include "runner/target/launch.h"
#include "runner/target/leftopen.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"
#include "runner/util/highfd.h"
#include "runner/util/scratch.h"
#include "runner/util/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** How often a job is looked at for what it does. */
#define LOOK_PERIOD (20 * CLOCK_MILLISECOND)

int job_init(struct job *job, const struct job_plan *plan, const char *policy,
             size_t extra) {
    size_t room = extra + (plan->leaks ? leaks_room() : 0);
    *job = (struct job){.plan = plan, .streams = {{-1}, {-1}}};
    if (channel_create_larger(&job->channel, policy, strlen(policy), room) == 0 &&
        capture_open(&job->streams[0]) == 0 && capture_open(&job->streams[1]) == 0 &&
        (!plan->scratch || (job->directory = scratch_new()))) {
        job->channel.head->options = MF_OPTION_ALONE;
        if (plan->environment == ENVIRONMENT_VALGRIND) {
            job->channel.head->options |= MF_OPTION_VALGRIND;
        }
        job->channel.head->allocator = plan->allocator;
        job->channel.head->launchers = plan->launchers;
        job->channel.head->explore.size_min = plan->size_min;
        job->channel.head->explore.after_ns = plan->after_ns;
        if (plan->patches) {
            job->channel.head->patches = *plan->patches;
            job->channel.head->patches.follows = plan->leaks;
        }
        later_hand_on(plan->later, job->channel.head);
        if (plan->leaks) {
            leaks_set_up(&job->channel.head->explore, MF_CHANNEL_SIZE + extra,
                         MF_ACCOUNT_STACKS);
        }
        return 0;
    }
    int saved = errno;
    job_destroy(job);
    errno = saved;
    return -1;
}

/** A descriptor to read the target's input from; -1 with errno. */
static int open_input(const struct job_plan *plan) {
    return highfd_move(
        open(plan->input ? plan->input : "/dev/null", O_RDONLY | O_CLOEXEC));
}

/** Start the target; its pid, or -1 with errno. */
static pid_t launch(const struct job *job, char *const *envp, struct tracer *tracer,
                    void *owner) {
    const struct job_plan *plan = job->plan;
    struct terminal none = {.fd = -1};
    int input = open_input(plan);
    if (input < 0) {
        return -1;
    }
    const int streams[3] = {input, job->streams[0].fd, job->streams[1].fd};
    const struct launch launch = {
        .path = plan->path,
        .argv = plan->argv,
        .envp = envp,
        .signals = plan->signals,
        .tracer = tracer,
        .owner = owner,
        .agent = breakpoints_agent(job->breakpoints),
        .surroundings = {streams, job->directory, plan->file_max},
    };
    pid_t pid = launch_start(&launch, &none);
    int saved = errno;
    close(input);
    errno = saved;
    return pid;
}

int job_prepare(const struct job_plan *plan, const char *directory) {
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)plan->prepare, NULL};
    struct terminal none = {.fd = -1};
    int high = plan->prepare ? highfd_move(open("/dev/null", O_RDWR | O_CLOEXEC)) : -1;
    const int streams[3] = {high, high, high};
    const struct launch launch = {
        .path = "/bin/sh",
        .argv = argv,
        .envp = environ,
        .signals = plan->signals,
        .surroundings = {streams, directory, 0},
    };
    int status = 0;
    if (watch_restore(plan->watch) != 0) {
        return -1;
    }
    if (!plan->prepare) {
        return 0;
    }
    pid_t pid = high < 0 ? -1 : launch_start(&launch, &none);
    if (pid > 0) {
        wait_through(pid, &status, 0);
    }
    if (high >= 0) {
        close(high);
    }
    errno = ECANCELED;
    return pid > 0 && status == 0 ? 0 : -1;
}

int job_start(struct job *job, struct tracer *tracer, bool traced, void *owner) {
    const struct job_plan *plan = job->plan;
    struct environment environment;
    if (job_prepare(plan, job->directory) != 0) {
        return -1;
    }
    if (breakpoints_begin(&job->breakpoints, plan->breakpoints, &job->channel) != 0 ||
        environment_init(&environment, plan->preload, job->channel.fd,
                         plan->environment) != 0) {
        errno = ENOMEM;
        return -1;
    }
    traced |= job->breakpoints != NULL;
    job->channel.agent = breakpoints_agent(job->breakpoints);
    job->tracer = tracer;
    timelimit_begin(&job->time);
    job->time.patient = plan->patient;
    pid_t pid = launch(job, environment.list, traced ? tracer : NULL, owner);
    int saved = errno;
    environment_destroy(&environment);
    errno = saved;
    job->pid = pid > 0 ? pid : 0;
    if (pid > 0) {
        tracee_watch(tracer, pid, owner);
    }
    return pid > 0 ? 0 : -1;
}

uint64_t job_time_left(struct job *job) {
    const struct job_plan *plan = job->plan;
    uint64_t left = timelimit_left(&job->time, plan->timeout_ns, job->pid);
    return plan->retries_min && left > LOOK_PERIOD ? LOOK_PERIOD : left;
}

void job_time_out(struct job *job) {
    job->timed_out = true;
    kill(-job->pid, SIGKILL);
    kill(job->pid, SIGKILL);
}

void job_leaving(void *owner, pid_t tid) {
    struct job *job = owner;
    // What a process left behind may end when its job is over.
    if (tid == job->pid && job->plan->leaks) {
        leftopen_look(&job->leaks, tid, 0, job->directory);
    }
}

/** End with the breakpoints: what has not ended goes on without. */
static void end_breakpoints(struct job *job) {
    if (job->breakpoints) {
        tracee_dismiss(job->tracer, breakpoints_agent(job->breakpoints));
        job->unbroken =
            job->tracer->on ? breakpoints_fault(job->breakpoints) : BREAKPOINTS_UNTRACED;
        breakpoints_free(job->breakpoints);
        job->breakpoints = NULL;
        job->channel.agent = NULL;
    }
}

void job_end(struct job *job, int status) {
    end_breakpoints(job);
    job->status = status;
    job->elapsed_ns = clock_now() - job->time.since_ns;
    job->pid = 0;
    // Without memory all of them are as if they were not compared.
    (void)watch_look(job->plan->watch, job->directory, &job->files);
    (void)leaks_gather(&job->leaks, &job->channel, &job->plan->wrappers);
    exitplace_mark(&job->leaks, &job->channel);
}

/** How many other processes a tracer knows. */
static size_t count_processes(const struct tracer *tracer, pid_t own) {
    size_t count = 0;
    for (size_t i = 0; i < tracer->count; i++) {
        pid_t tid = tracer->list[i].tid;
        count += tid != own && procfile_process_of(tid) == tid;
    }
    return count;
}

/** Act on what has happened. */
static void attend(struct job *job, struct tracer *tracer, job_fatal_function *fatal,
                   void *context) {
    struct tracee_event event;
    do {
        event = tracee_next(tracer, false);
        if (event.kind == TRACEE_ENDED && event.tid == job->pid) {
            job->left_running = count_processes(tracer, job->pid);
            job_end(job, event.status);
        } else if (event.kind == TRACEE_SIGNAL) {
            if (fatal && crash_is_own(tracer, event.tid, event.signal)) {
                fatal(context, event.tid, event.signal);
            }
            tracee_resume(event.tid, event.signal);
        } else if (event.kind == TRACEE_INTERRUPTED) {
            tracee_resume(event.tid, 0);
        }
    } while (event.kind != TRACEE_NOTHING);
}

/** Whether it wanted to trace by itself, and may wait for good for what the tracer sees. */
static bool is_in_the_way(const struct job *job, const struct tracer *tracer) {
    return tracer->on && atomic_load(&job->channel.head->trace_refused);
}

void job_await(struct job *job, struct tracer *tracer, job_fatal_function *fatal,
               void *context) {
    attend(job, tracer, fatal, context);
    while (job->pid) {
        uint64_t left = is_in_the_way(job, tracer) ? 0 : job_time_left(job);
        if (left == 0 && !job->timed_out) {
            job_time_out(job);
        }
        left = left == 0 || left > CLOCK_SECOND ? CLOCK_SECOND : left;
        int number = signals_wait(left);
        if (signals_are_final(number)) {
            job->stopped_by = number;
            kill(job->pid, SIGKILL);
        }
        attend(job, tracer, fatal, context);
    }
    job->address_limit = tracer->address_limit;
}

void job_destroy(struct job *job) {
    end_breakpoints(job);
    channel_destroy(&job->channel);
    capture_close(&job->streams[0]);
    capture_close(&job->streams[1]);
    watch_forget(&job->files);
    leaks_destroy(&job->leaks);
    scratch_free(job->directory);
    job->directory = NULL;
}

const struct mf_process *job_process(const struct job *job) {
    const struct mf_process *process = channel_process(&job->channel, 0);
    bool there = channel_processes(&job->channel) > 0 &&
                 atomic_load(&process->stage) != MF_STAGE_FREE;
    return there ? process : NULL;
}
