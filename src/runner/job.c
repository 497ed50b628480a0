// SPDX-License-Identifier: MIT
#include "runner/job.h"

#include "runner/clock.h"
#include "runner/environment.h"
#include "runner/launch.h"
#include "runner/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Above the standard streams' numbers. */
#define FD_LOW 100

int job_init(struct job *job, const struct job_plan *plan, const char *policy,
             size_t extra) {
    *job = (struct job){.plan = plan, .streams = {{-1}, {-1}}};
    if (channel_create_larger(&job->channel, policy, strlen(policy), extra) == 0 &&
        capture_open(&job->streams[0]) == 0 && capture_open(&job->streams[1]) == 0 &&
        (!plan->scratch || (job->directory = scratch_new()))) {
        return 0;
    }
    int saved = errno;
    job_destroy(job);
    errno = saved;
    return -1;
}

/** A descriptor to read the target's input from; -1 with errno. */
static int open_input(const struct job_plan *plan) {
    int fd = open(plan->input ? plan->input : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_LOW);
    close(fd);
    return high;
}

/** Start a program with the job's streams and directory; its pid, or -1 with errno. */
static pid_t launch(const struct job *job, const char *path, char *const *argv,
                    char *const *envp, uint64_t limit) {
    struct terminal none = {.fd = -1};
    int input = open_input(job->plan);
    if (input < 0) {
        return -1;
    }
    const int streams[3] = {input, job->streams[0].fd, job->streams[1].fd};
    const struct launch launch = {
        .path = path,
        .argv = argv,
        .envp = envp,
        .signals = job->plan->signals,
        .place = {streams, job->directory, limit},
    };
    pid_t pid = launch_start(&launch, &none);
    int saved = errno;
    close(input);
    errno = saved;
    return pid;
}

/** Run what prepares a job, and forget what it says; 0 on success, -1 with errno. */
static int prepare(struct job *job) {
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)job->plan->prepare, NULL};
    int status = 0;
    if (!job->plan->prepare) {
        return 0;
    }
    pid_t pid = launch(job, "/bin/sh", argv, environ, 0);
    if (pid < 0) {
        return -1;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    capture_clear(&job->streams[0]);
    capture_clear(&job->streams[1]);
    errno = ECANCELED;
    return status == 0 ? 0 : -1;
}

int job_start(struct job *job) {
    const struct job_plan *plan = job->plan;
    struct environment environment;
    if (prepare(job) != 0) {
        return -1;
    }
    if (environment_init(&environment, plan->library, job->channel.fd, plan->asan) != 0) {
        errno = ENOMEM;
        return -1;
    }
    job->started_ns = clock_now();
    pid_t pid = launch(job, plan->path, plan->argv, environment.list, CAPTURE_MAX);
    int saved = errno;
    environment_destroy(&environment);
    errno = saved;
    job->pid = pid > 0 ? pid : 0;
    return pid > 0 ? 0 : -1;
}

uint64_t job_press(struct job *job, uint64_t now) {
    uint64_t spent = now - job->started_ns;
    if (job->plan->timeout_ns == CLOCK_NEVER || job->timed_out) {
        return CLOCK_NEVER;
    }
    if (spent < job->plan->timeout_ns) {
        return job->plan->timeout_ns - spent;
    }
    job->timed_out = true;
    kill(-job->pid, SIGKILL);
    kill(job->pid, SIGKILL);
    return CLOCK_NEVER;
}

void job_finish(struct job *job) {
    job->elapsed_ns = clock_now() - job->started_ns;
    kill(-job->pid, SIGKILL);
    while (waitpid(job->pid, &job->status, __WALL) < 0 && errno == EINTR) {
    }
    job->pid = 0;
}

void job_await(struct job *job) {
    while (true) {
        uint64_t left = job_press(job, clock_now());
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) !=
                0 ||
            info.si_pid != 0) {
            break;
        }
        signals_wait(left < CLOCK_SECOND ? left : CLOCK_SECOND);
    }
    job_finish(job);
}

void job_destroy(struct job *job) {
    channel_destroy(&job->channel);
    capture_close(&job->streams[0]);
    capture_close(&job->streams[1]);
    scratch_free(job->directory);
    job->directory = NULL;
}

pid_t job_ended(void) {
    siginfo_t info = {0};
    int result = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
    return result == 0 ? info.si_pid : 0;
}

const struct mf_process *job_process(const struct job *job) {
    const struct mf_process *process = channel_process(&job->channel, 0);
    bool there = channel_processes(&job->channel) > 0 &&
                 atomic_load(&process->stage) != MF_STAGE_FREE;
    return there ? process : NULL;
}
