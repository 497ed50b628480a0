// SPDX-License-Identifier: MIT
// The loop: every signal the runner cares about is blocked and taken by sigtimedwait(),
// one at a time, so there are no handlers and no races. What happens to the target
// arrives as SIGCHLD, time as the end of a wait.
#include "runner/run.h"

#include "runner/clock.h"
#include "runner/environment.h"
#include "runner/launch.h"
#include "runner/status.h"
#include "runner/tick.h"
#include "runner/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** A run that is going on. */
struct run {
    const struct run_options *options;
    struct run_result *result;
    struct signals signals;
    struct terminal terminal;
    struct tree tree;
    struct tick tick;
    pid_t pid;
    uint64_t started_ns;
    bool ended;
};

/** Let the target go on, with the terminal where it is ours to give. */
static void resume(struct run *run) {
    if (terminal_is_ours(&run->terminal)) {
        terminal_give(&run->terminal, run->pid);
    }
    kill(-run->pid, SIGCONT);
}

/** Whether a stopped runner has been continued: SIGCONT is blocked, so it waits. */
static bool was_stopped(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

/** Stop as the target did, so that the shell sees it; SIGCONT brings both back. */
static void stop_too(struct run *run, int number) {
    uint64_t before = clock_now();
    terminal_take(&run->terminal);
    kill(0, SIGTSTP);
    if (was_stopped()) {
        run->started_ns += clock_now() - before;
    } else if (number == SIGTSTP) {
        // Nobody there to continue us (an orphaned process group): go on at once.
        resume(run);
    }
}

/** The target has stopped: for want of the terminal, by the user's wish, or by its own.
 */
static void follow_stop(struct run *run, int number) {
    bool wants = number == SIGTTIN || number == SIGTTOU;
    if (wants && terminal_is_ours(&run->terminal)) {
        resume(run);
    } else if (run->terminal.fd >= 0 && (wants || number == SIGTSTP)) {
        stop_too(run, number);
    }
}

/** Wait for whatever has died or stopped; orphans come here too. */
static void reap(struct run *run) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (pid != run->pid) {
            continue;
        }
        if (WIFSTOPPED(status)) {
            follow_stop(run, WSTOPSIG(status));
        } else {
            run->result->wait_status = status;
            run->ended = true;
        }
    }
}

/** Act on one signal. */
static void handle(struct run *run, int number) {
    switch (number) {
    case 0:
        break;
    case SIGCHLD:
        reap(run);
        break;
    case SIGCONT:
        resume(run);
        break;
    default:
        kill(-run->pid, number);
    }
}

/** How long the target may still run; 0 when its time is over. */
static uint64_t time_left(const struct run *run, uint64_t now) {
    uint64_t limit = run->options->timeout_ns;
    uint64_t spent = now - run->started_ns;
    if (limit == CLOCK_NEVER) {
        return CLOCK_NEVER;
    }
    return spent < limit ? limit - spent : 0;
}

/** Go on until the target has ended, by itself or because its time was over. */
static void attend(struct run *run) {
    while (!run->ended) {
        uint64_t now = clock_now();
        uint64_t left = time_left(run, now);
        if (left == 0) {
            run->result->timed_out = true;
            tree_kill(&run->tree, run->pid);
            break;
        }
        uint64_t wake = tick_run(&run->tick, &run->result->channel, now);
        handle(run, signals_wait(wake < left ? wake : left));
    }
    run->result->elapsed_ns = clock_now() - run->started_ns;
}

/** Start the target; its exit status for mallocfail where that fails. */
static int start(struct run *run, const struct diag *diag) {
    const struct run_options *options = run->options;
    struct environment environment;
    if (environment_init(&environment, options->library, run->result->channel.fd,
                         options->asan) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    struct launch launch = {
        .path = options->path,
        .argv = options->argv,
        .envp = environment.list,
        .signals = &run->signals,
    };
    run->started_ns = clock_now();
    run->pid = launch_start(&launch, &run->terminal);
    int reason = errno;
    environment_destroy(&environment);
    if (run->pid > 0) {
        return 0;
    }
    diag_error(diag, "cannot run '%s': %s", options->path, strerror(reason));
    return reason == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
}

/** Start, attend, and put everything back as it was. */
static int conduct(struct run *run, const struct diag *diag) {
    signals_take(&run->signals);
    terminal_open(&run->terminal);
    tree_begin(&run->tree);
    int status = start(run, diag);
    if (status == 0) {
        attend(run);
        run->result->left_running = tree_count(&run->tree);
    }
    tree_end(&run->tree);
    terminal_close(&run->terminal);
    // A signal that came too late for the target must not cost the report.
    signals_drop();
    signals_restore(&run->signals);
    return status;
}

int run_target(const struct run_options *options, struct run_result *result,
               const struct diag *diag) {
    struct run run = {.options = options, .result = result};
    *result = (struct run_result){.channel.fd = -1};
    if (channel_create(&result->channel, options->policy->text,
                       options->policy->length) != 0) {
        diag_error(diag, "cannot make the memory shared with the target: %s",
                   strerror(errno));
        return STATUS_FAILED;
    }
    tick_init(&run.tick, options->policy->policy);
    int status = conduct(&run, diag);
    if (status != 0) {
        run_result_destroy(result);
    }
    return status;
}

void run_result_destroy(struct run_result *result) {
    channel_destroy(&result->channel);
}
