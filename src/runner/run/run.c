// SPDX-License-Identifier: MIT
// The loop: every signal the runner cares about is blocked and taken by sigtimedwait(),
// one at a time, so there are no handlers and no races. What happens to the target
// arrives as SIGCHLD, time as the end of a wait.
#include "runner/run/run.h"

#include "core/channel/journal.h"
#include "runner/run/filelimit.h"
#include "runner/target/environment.h"
#include "runner/target/launch.h"
#include "runner/target/lease_timer.h"
#include "runner/target/leftopen.h"
#include "runner/target/procfile.h"
#include "runner/target/tree.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** A run that is going on. */
struct run {
    const struct run_options *options;
    struct run_result *result;
    struct signals signals;
    struct terminal terminal;
    struct tree tree;
    struct lease_timer lease_timer;
    struct tracer tracer;
    /** NULL = the program is not static. */
    struct breakpoints *breakpoints;
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

/** The target has stopped: it lacks the terminal, or the user or it itself wants so. */
static void follow_stop(struct run *run, int number) {
    bool wants = number == SIGTTIN || number == SIGTTOU;
    if (wants && terminal_is_ours(&run->terminal)) {
        resume(run);
    } else if (run->terminal.fd >= 0 && (wants || number == SIGTSTP)) {
        stop_too(run, number);
    }
}

/** Which crash is the least to be missed: the first that the next one repeats, else one
 * from the middle. A program that lives with faults must not use up the room for its first
 * one, nor for its last one. */
static size_t find_least(const struct run_result *result) {
    const struct crash *list = result->crashes;
    for (size_t i = 0; i + 1 < result->crash_count; i++) {
        if (list[i].pc == list[i + 1].pc && list[i].signal == list[i + 1].signal &&
            list[i].code == list[i + 1].code && list[i].tid == list[i + 1].tid) {
            return i;
        }
    }
    return result->crash_count / 2;
}

/** Make room for one more crash. */
static void drop_one(struct run_result *result) {
    size_t at = find_least(result);
    crash_destroy(&result->crashes[at]);
    result->crash_count--;
    memmove(&result->crashes[at], &result->crashes[at + 1],
            (result->crash_count - at) * sizeof(result->crashes[0]));
}

/** Gather the facts of a thread. */
static void look_at(struct run *run, pid_t tid, int signal) {
    struct run_result *result = run->result;
    if (result->crash_count == RUN_CRASHES_MAX) {
        drop_one(result);
    }
    if (crash_gather(&result->crashes[result->crash_count], tid, signal, &result->channel,
                     &result->modules, NULL) == 0) {
        result->crash_count++;
    }
}

/** A process is gone: note how its crashes ended. */
static void note_end(struct run *run, pid_t pid, int status) {
    struct run_result *result = run->result;
    for (size_t i = 0; i < result->crash_count; i++) {
        if (result->crashes[i].pid == pid && result->crashes[i].end < 0) {
            result->crashes[i].end = status;
        }
    }
    if (pid == run->pid) {
        result->wait_status = status;
        run->ended = true;
    }
}

/** Whether a trial writes without end: that is a hang, and is looked at as one. */
static bool is_flood(const struct run *run, int signal) {
    struct stat status;
    const int *streams = run->options->surroundings.streams;
    uint64_t most = run->options->surroundings.file_limit;
    bool flood = false;
    for (int i = 1; i < 3 && signal == SIGXFSZ && run->options->trial && streams; i++) {
        flood |= fstat(streams[i], &status) == 0 && (uint64_t)status.st_size >= most;
    }
    return flood;
}

/** Whether a trial is ended because a time is over that the program gave itself. */
static bool is_overdue(const struct run *run, const struct tracee_event *event) {
    return run->options->trial &&
           atomic_load(&run->result->channel.head->journal_used) > 0 &&
           crash_is_deadline(event->tid, event->signal);
}

/** Whether a trial is ended by SIGXFSZ that came of the program itself. */
static bool is_sized(const struct run *run, const struct tracee_event *event) {
    return run->options->trial && filelimit_breaks(event->tid, event->signal,
                                                   run->options->surroundings.file_limit);
}

/** Act on one event of the target. */
static void follow(struct run *run, const struct tracee_event *event) {
    switch (event->kind) {
    case TRACEE_SIGNAL:
        if (is_flood(run, event->signal) || is_overdue(run, event)) {
            run->result->timed_out |= event->signal != SIGXFSZ;
            look_at(run, event->tid, 0);
            tree_kill(&run->tree, run->pid);
            break;
        }
        run->result->own_size |= is_sized(run, event);
        if (is_sized(run, event) ||
            crash_is_own(&run->tracer, event->tid, event->signal)) {
            look_at(run, event->tid, event->signal);
        }
        tracee_resume(event->tid, event->signal);
        break;
    case TRACEE_STOPPED:
        if (event->tid == run->pid) {
            follow_stop(run, event->signal);
        }
        break;
    case TRACEE_INTERRUPTED:
        tracee_resume(event->tid, 0);
        break;
    case TRACEE_ENDED:
        note_end(run, event->tid, event->status);
        break;
    default:
        break;
    }
}

/** Take whatever has happened to the target; orphans come here too. */
static void reap(struct run *run) {
    struct tracee_event event;
    do {
        event = tracee_next(&run->tracer, false);
        follow(run, &event);
    } while (event.kind != TRACEE_NOTHING && !run->ended);
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

/** How long the threads of a hanging target are given to stop. */
#define STOP_TIME (2 * CLOCK_SECOND)

/** The process that hangs, if any does: the last one that saw a failure, or the first. */
static pid_t suspect(const struct run *run) {
    struct mf_injection injection;
    pid_t pid = run->pid;
    uint64_t cursor = 0;
    while (mf_journal_next(run->result->channel.head, &cursor, &injection)) {
        pid = injection.pid;
    }
    for (size_t i = 0; i < run->tracer.count; i++) {
        if (run->tracer.list[i].tid == pid) {
            return pid;
        }
    }
    return run->pid;
}

/** Have all threads of a process stop; how many were asked. */
static size_t interrupt_threads(pid_t pid) {
    pid_t tids[CRASH_THREADS_MAX];
    size_t asked = 0;
    size_t count = procfile_threads(pid, tids, CRASH_THREADS_MAX);
    for (size_t i = 0; i < count; i++) {
        asked += tracee_interrupt(tids[i]) == 0;
    }
    return asked;
}

/** The time is over: see where the target stands, before it is killed. */
static void look_at_hang(struct run *run) {
    uint64_t until = clock_now() + STOP_TIME;
    pid_t pid = suspect(run);
    run->tracer.looks = true;
    size_t left = run->tracer.on ? interrupt_threads(pid) : 0;
    bool any = left > 0;
    while (left > 0 && !run->ended && clock_now() < until) {
        struct tracee_event event = tracee_next(&run->tracer, false);
        if (event.kind == TRACEE_INTERRUPTED || event.kind == TRACEE_STOPPED) {
            left--;
        } else if (event.kind == TRACEE_NOTHING) {
            signals_wait(CLOCK_MILLISECOND);
        } else {
            follow(run, &event);
        }
    }
    if (any && !run->ended) {
        look_at(run, pid, 0);
    }
}

/** Go on until the target has ended, by itself or because its time was over. */
static void attend(struct run *run) {
    while (!run->ended) {
        uint64_t now = clock_now();
        uint64_t left = time_left(run, now);
        if (left == 0) {
            run->result->timed_out = true;
            look_at_hang(run);
            tree_kill(&run->tree, run->pid);
            break;
        }
        uint64_t wake = lease_timer_run(&run->lease_timer, &run->result->channel, now);
        handle(run, signals_wait(wake < left ? wake : left));
    }
    run->result->elapsed_ns = clock_now() - run->started_ns;
}

/** A thread is about to end: note what the target's own process has open. */
static void on_leaving(void *owner, pid_t tid) {
    const struct run *run = owner;
    if (tid == run->pid) {
        leftopen_look(run->options->left, tid, 0, run->options->surroundings.directory);
    }
}

/** Start the target; its exit status for mallocfail where that fails. */
static int start(struct run *run, const struct diag *diag) {
    const struct run_options *options = run->options;
    struct environment environment;
    if (environment_init(&environment, options->preload, run->result->channel.fd,
                         options->environment) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    struct launch launch = {
        .path = options->path,
        .argv = options->argv,
        .envp = environment.list,
        .signals = options->signals ? options->signals : &run->signals,
        .tracer = options->trace ? &run->tracer : NULL,
        .owner = run,
        .agent = breakpoints_agent(run->breakpoints),
        .surroundings = options->surroundings,
    };
    run->tracer.leaving = options->left ? on_leaving : NULL;
    run->started_ns = clock_now();
    run->pid = launch_start(&launch, &run->terminal);
    int reason = errno;
    environment_destroy(&environment);
    run->result->untraced = options->trace && !run->tracer.on;
    if (run->pid > 0) {
        return 0;
    }
    char text[FILELIMIT_REASON_MAX];
    diag_error(diag, "cannot run '%s': %s", options->path,
               filelimit_reason(reason, text));
    return launch_status(reason);
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
        tracee_detach_all(&run->tracer);
    }
    tracee_destroy(&run->tracer);
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
    if (channel_create_larger(&result->channel, options->policy->text,
                              options->policy->length,
                              options->leaks ? leaks_room() : 0) != 0) {
        diag_error(diag, "cannot make the memory shared with the target: %s",
                   strerror(errno));
        return STATUS_FAILED;
    }
    result->channel.head->options =
        (options->fill ? MF_OPTION_FILL : 0) | (options->alone ? MF_OPTION_ALONE : 0);
    if (options->environment == ENVIRONMENT_VALGRIND) {
        result->channel.head->options |= MF_OPTION_VALGRIND;
    }
    result->channel.head->explore.trial = options->trial && options->trace;
    result->channel.head->launchers = options->launchers;
    if (options->patches) {
        result->channel.head->patches = *options->patches;
        result->channel.head->patches.follows =
            options->frees || options->leaks || options->fill;
    }
    later_hand_on(options->later, result->channel.head);
    result->channel.head->allocator =
        options->allocator ? options->allocator : options->policy->policy->allocator + 1;
    if (options->leaks) {
        leaks_set_up(&result->channel.head->explore, MF_CHANNEL_SIZE, MF_ACCOUNT_STACKS);
    }
    lease_timer_init(&run.lease_timer, options->policy->policy);
    if (breakpoints_begin(&run.breakpoints, options->breakpoints, &result->channel) !=
        0) {
        diag_no_memory(diag);
        run_result_destroy(result);
        return STATUS_FAILED;
    }
    result->channel.agent = breakpoints_agent(run.breakpoints);
    int status = conduct(&run, diag);
    result->channel.agent = NULL;
    result->unbroken = run.breakpoints && result->untraced
                           ? BREAKPOINTS_UNTRACED
                           : breakpoints_fault(run.breakpoints);
    breakpoints_free(run.breakpoints);
    if (status != 0) {
        run_result_destroy(result);
    }
    return status;
}

void run_result_destroy(struct run_result *result) {
    for (size_t i = 0; i < result->crash_count; i++) {
        crash_destroy(&result->crashes[i]);
    }
    result->crash_count = 0;
    modules_destroy(&result->modules);
    channel_destroy(&result->channel);
}
