// SPDX-License-Identifier: MIT
#include "runner/cmd/control_client.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/** How often to look whether a notice was overwritten, or heard; and how often to call
 * again the threads of processes that have taken the policy. */
#define PERIOD CLOCK_MILLISECOND
#define AGAIN  3

int control_client_open(struct channel *channel, pid_t pid, const struct diag *diag) {
    if (!procfile_runs(pid)) {
        diag_error(diag, "there is no process %d", (int)pid);
        return -1;
    }
    // The runner is an ancestor of all that came of its target: orphans come to it.
    const char *fault = NULL;
    for (pid_t at = pid; at > 0 && !fault; at = procfile_parent(at)) {
        if (channel_open(channel, at, &fault) == 0) {
            uint32_t options = channel->head->options;
            if (!(options & (MF_OPTION_ALONE | MF_OPTION_STATIC))) {
                return 0;
            }
            channel_destroy(channel);
            fault = options & MF_OPTION_ALONE
                        ? "it is an exploration: ctl changes what 'mallocfail run' runs"
                        : "it is linked statically, and keeps the policy it began with";
        }
    }
    if (fault) {
        diag_error(diag, "cannot control process %d: %s", (int)pid, fault);
    } else {
        diag_error(
            diag,
            "process %d does not run under a mallocfail of this user: start it with "
            "'mallocfail run PROGRAM'",
            (int)pid);
    }
    return -1;
}

static pid_t pid_of(const struct channel *channel, unsigned index) {
    return atomic_load(&channel_process(channel, index)->pid);
}

bool control_client_lives(const struct channel *channel, unsigned index) {
    pid_t pid = pid_of(channel, index);
    unsigned count = channel_processes(channel);
    for (unsigned later = index + 1; later < count; later++) {
        if (pid_of(channel, later) == pid) {
            return false;
        }
    }
    return pid > 0 && procfile_runs(pid);
}

/** Become the only one that writes; -1 with the user told. */
static int begin_writing(struct mf_control *control, const struct diag *diag) {
    int32_t writer = 0;
    while (
        !atomic_compare_exchange_strong(&control->writer, &writer, (int32_t)getpid())) {
        if (writer > 0 && procfile_runs(writer)) {
            diag_error(diag, "another mallocfail ctl (process %d) is running: try again",
                       (int)writer);
            return -1;
        }
    }
    return 0;
}

int control_client_give(const struct channel *channel, const struct mf_policy *policy,
                        uint32_t *sequence, const struct diag *diag) {
    struct mf_control *control = &channel->head->control;
    if (begin_writing(control, diag) != 0) {
        return -1;
    }
    *sequence = mf_control_write(control, policy, clock_now());
    atomic_store(&control->writer, 0);
    return 0;
}

/** Have all threads of a process look for the policy. */
static void notify_all(struct mf_process *process) {
    uint32_t counters = atomic_load(&process->counters_used);
    for (uint32_t i = 0; i < counters && i < MF_THREAD_COUNTERS_MAX; i++) {
        if (atomic_load(&process->counters[i].owner) != 0) {
            mf_thread_counter_notify(&process->counters[i]);
        }
    }
}

/** See to one process; whether it has taken the policy. */
static bool tend(struct mf_process *process, uint32_t sequence) {
    if (atomic_load(&process->control) != sequence) {
        notify_all(process);
        return false;
    }
    // Some thread has taken it for all: see to it that none goes on with an old lease.
    mf_process_notify(process);
    return true;
}

struct control_client control_client_wait(const struct channel *channel,
                                          uint32_t sequence, uint64_t span) {
    uint64_t until = clock_now() + span;
    struct control_client result;
    for (unsigned again = 0;; again++) {
        result = (struct control_client){0};
        for (unsigned i = 0; i < channel_processes(channel); i++) {
            if (control_client_lives(channel, i)) {
                bool taken = tend(channel_process(channel, i), sequence);
                result.taken += taken;
                result.waiting += !taken;
            }
        }
        again = result.waiting == 0 ? again : 0;
        if (again == AGAIN || clock_now() >= until) {
            return result;
        }
        struct timespec pause = clock_span(PERIOD);
        nanosleep(&pause, NULL);
    }
}
