// SPDX-License-Identifier: MIT
#include "runner/serve/server.h"

#include "runner/crash/crash.h"
#include "runner/points/stacks.h"
#include "runner/run/filelimit.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"
#include "runner/util/printable.h"
#include "runner/util/status.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define SERVE_BYTES                                                                      \
    (sizeof(struct mf_serve) + STACKS_ROOM * sizeof(struct mf_serve_stack))

/** How often it is asked whether it is ready: at first, and at last. */
#define READY_PERIOD     (10 * CLOCK_MILLISECOND)
#define READY_PERIOD_MAX (100 * CLOCK_MILLISECOND)
/** How long to wait before it is started once more. */
#define AGAIN_PERIOD (200 * CLOCK_MILLISECOND)
/** How long its threads are given to stop. */
#define STOP_TIME (2 * CLOCK_SECOND)
/** How often signals are looked for. */
#define LOOK_PERIOD (50 * CLOCK_MILLISECOND)

/** Tell the library where its part is. */
static void describe(struct server *server) {
    struct mf_explore *explore = &server->job.channel.head->explore;
    char *base = (char *)server->job.channel.head;
    explore->mode = MF_EXPLORE_SERVE;
    explore->trial = 1;
    stacks_ask(explore, MF_CHANNEL_SIZE);
    explore->serve_offset = MF_CHANNEL_SIZE + STACKS_BYTES;
    server->table =
        (const struct mf_stack *)(const void *)(base + explore->stacks_offset);
    server->serve = (struct mf_serve *)(void *)(base + explore->serve_offset);
    server->stacks = (struct mf_serve_stack *)(server->serve + 1);
}

int server_open(struct server *server, struct campaign *campaign, struct served *served) {
    char policy[96];
    *server = (struct server){
        .campaign = campaign,
        .served = served,
        .answer = {-1},
        .known = SIGHTINGS_NONE,
    };
    snprintf(policy, sizeof(policy), "{\"version\":1,\"arm\":\"%.8s\",\"rules\":[]}",
             campaign->options->arm);
    if (job_init(&server->job, &campaign->plan, policy, STACKS_BYTES + SERVE_BYTES) !=
        0) {
        return -1;
    }
    if (capture_open(&server->answer) != 0) {
        int saved = errno;
        job_destroy(&server->job);
        errno = saved;
        return -1;
    }
    describe(server);
    return 0;
}

void server_forget(struct server *server) {
    struct mf_head *head = server->job.channel.head;
    uint64_t used = atomic_load(&head->journal_used);
    // What was left of earlier failures is not to be taken for a new one.
    for (uint64_t i = 0; i < used && i < MF_JOURNAL_MAX; i++) {
        atomic_store(&head->journal[i].ready, 0);
    }
    atomic_store(&head->journal_used, 0);
    capture_rewind(&server->job.streams[0], 0);
    capture_rewind(&server->job.streams[1], 0);
    crash_destroy(&server->crash);
    server->crash = (struct crash){0};
    server->crashed = false;
    server->known = SIGHTINGS_NONE;
    server->glance = 0;
}

/** Kill all that came of it, and what talks to it. */
static void kill_all(struct server *server) {
    tree_kill_strays(&server->tree);
    tracee_destroy(&server->tracer);
    server->tracer = (struct tracer){0};
    server->job.pid = 0;
    server->client.pid = 0;
    server->running = 0;
    server->hanging = 0;
}

/** It lives with a fatal signal that came when nothing had failed: remember where. */
static void note_usual(struct server *server, const struct tracee_event *event) {
    struct oracle *oracle = &server->campaign->oracle;
    struct modules *modules = &server->campaign->defects->modules;
    struct crash crash;
    if (oracle->usual_count < ORACLE_USUAL_MAX &&
        crash_gather(&crash, event->tid, event->signal, &server->job.channel, modules,
                     NULL) == 0) {
        uint64_t key = sighting_crash_key(&crash, modules);
        if (!oracle_is_usual(oracle, key)) {
            oracle->usual[oracle->usual_count++] = key;
        }
        crash_destroy(&crash);
    }
    tracee_resume(event->tid, event->signal);
}

/** Whether a fatal signal is how it ends. */
static bool is_fatal(struct server *server, const struct tracee_event *event) {
    struct view view = {0};
    struct campaign_look look = {
        .tid = event->tid,
        .signal = event->signal,
        .channel = &server->job.channel,
        .view = &view,
        .trial = server->trial,
        .failed = 1,
        .crash = &server->crash,
    };
    bool fatal = campaign_look(server->campaign, &look);
    view_destroy(&view);
    server->crashed = look.crashed;
    server->known = look.known;
    server->glance = look.glance;
    return fatal;
}

/** One of its threads is about to get a signal. */
static void on_signal(struct server *server, const struct tracee_event *event) {
    bool own = crash_is_own(&server->tracer, event->tid, event->signal);
    bool flood = event->signal == SIGXFSZ &&
                 campaign_is_flood(server->campaign, server->job.streams);
    bool watched = server->state == SERVER_RUNS && (own || flood);
    if (watched && !server->trial && !flood) {
        note_usual(server, event);
    } else if (watched && flood) {
        server->state = SERVER_FLOODED;
        server->status = event->signal;
        server->crashed =
            crash_gather(&server->crash, event->tid, 0, &server->job.channel,
                         &server->campaign->defects->modules, NULL) == 0;
    } else if (watched && is_fatal(server, event)) {
        server->state = SERVER_DIED;
        server->status = event->signal;
    } else {
        tracee_resume(event->tid, event->signal);
    }
}

/** A thread has stopped as it was told to, or because it is new. */
static void on_stop(struct server *server, pid_t tid) {
    if (!server->hanging || procfile_process_of(tid) != server->hanging) {
        tracee_resume(tid, 0);
    } else if (server->running > 0) {
        server->running--;
    }
}

/** Its first process has ended. */
static void on_end(struct server *server, int status) {
    if (server->state == SERVER_RUNS) {
        server->state = SERVER_ENDED;
        server->status = status;
    }
    server->left_running = tree_count(&server->tree);
    server->job.pid = 0;
}

/** Take whatever has happened. */
static void reap(struct server *server) {
    struct tracee_event event;
    do {
        event = tracee_next(&server->tracer, false);
        if (event.kind == TRACEE_ENDED && event.tid == server->client.pid) {
            client_end(&server->client, event.status);
        } else if (event.kind == TRACEE_ENDED && event.tid == server->job.pid) {
            on_end(server, event.status);
        } else if (event.kind == TRACEE_SIGNAL) {
            on_signal(server, &event);
        } else if (event.kind == TRACEE_INTERRUPTED ||
                   (event.kind == TRACEE_STOPPED && server->running > 0)) {
            on_stop(server, event.tid);
        }
    } while (event.kind != TRACEE_NOTHING);
}

/** Whether there is a reason to wait no longer. */
typedef bool done_function(const struct server *server);

static bool is_over(const struct server *server) {
    return server->state != SERVER_RUNS;
}

/** Whether there is somebody to answer, or it has not been started. */
static bool is_patient(const struct server *server) {
    return server->state == SERVER_RUNS || server->state == SERVER_NONE;
}

static bool is_settled(const struct server *server) {
    return server->client.pid == 0 || !is_patient(server);
}

static bool has_answered(const struct server *server) {
    return server->client.pid == 0;
}

static bool has_stopped(const struct server *server) {
    return server->running == 0;
}

static bool has_ended(const struct server *server) {
    return server->job.pid == 0;
}

/** Attend to it until something is done, or so much time is over, or the user wants to end. */
static void attend(struct server *server, done_function *done, uint64_t span) {
    uint64_t until = clock_now() + span;
    reap(server);
    while (!done(server) && !server->campaign->stopped_by) {
        uint64_t now = clock_now();
        if (now >= until) {
            return;
        }
        uint64_t left = until - now;
        campaign_signal(server->campaign,
                        signals_wait(left < LOOK_PERIOD ? left : LOOK_PERIOD));
        reap(server);
    }
}

void server_wait(struct server *server, uint64_t span_ns) {
    attend(server, is_over, span_ns);
}

/** How much time is left of a limit under the budget; `cut` says whether the budget ends
 * first. */
static uint64_t time_left(const struct campaign *campaign, uint64_t limit_ns, bool *cut) {
    uint64_t now = clock_now(), until = campaign->until_ns;
    uint64_t left = until == CLOCK_NEVER ? CLOCK_NEVER : until > now ? until - now : 0;
    *cut = left < limit_ns;
    return *cut ? left : limit_ns;
}

bool server_ask(struct server *server, const char *command, enum mf_serve_phase phase,
                uint64_t limit_ns) {
    struct client *client = &server->client;
    bool cut;
    uint64_t left = time_left(server->campaign, limit_ns, &cut);
    atomic_store(&server->serve->phase, phase);
    if (client_start(client, command, &server->answer, &server->campaign->signals,
                     &server->tracer) != 0) {
        client->status = W_EXITCODE(STATUS_NOT_FOUND, 0);
    } else {
        attend(server, is_settled, left);
    }
    atomic_store(&server->serve->phase, MF_SERVE_BETWEEN);
    if (client->pid == 0) {
        return true;
    }
    bool over = is_patient(server) && !server->campaign->stopped_by;
    client->timed_out = over && !cut;
    server->campaign->out_of_time |= over && cut;
    client_kill(client);
    attend(server, has_answered, STOP_TIME);
    client->pid = 0;
    return false;
}

void server_look(struct server *server, pid_t pid, pid_t tid) {
    pid_t tids[CRASH_THREADS_MAX];
    server->hanging = pid;
    if (server->tracer.on && server->hanging > 0) {
        server->tracer.looks = true;
        size_t count = procfile_threads(server->hanging, tids, CRASH_THREADS_MAX);
        for (size_t i = 0; i < count; i++) {
            server->running += tracee_interrupt(tids[i]) == 0;
        }
        attend(server, has_stopped, STOP_TIME);
        server->crashed =
            server->running == 0 && server->state == SERVER_RUNS &&
            crash_gather(&server->crash, tid ? tid : pid, 0, &server->job.channel,
                         &server->campaign->defects->modules, NULL) == 0;
    }
    kill_all(server);
    server->state = SERVER_NONE;
}

void server_end(struct server *server, uint64_t moment_ns) {
    if (server->state == SERVER_RUNS && moment_ns > 0) {
        // What it does on its way out is nobody's failure.
        server->state = SERVER_NONE;
        kill(server->job.pid, SIGTERM);
        int stopped_by = server->campaign->stopped_by;
        server->campaign->stopped_by = 0;
        attend(server, has_ended, moment_ns);
        server->campaign->stopped_by =
            stopped_by ? stopped_by : server->campaign->stopped_by;
    }
    kill_all(server);
    server->state = SERVER_NONE;
}

void server_close(struct server *server) {
    crash_destroy(&server->crash);
    capture_close(&server->answer);
    job_destroy(&server->job);
    tracee_destroy(&server->tracer);
}

/** Show the last lines of an output. */
static void show_tail(const struct capture *output, const char *what) {
    char tail[1024];
    if (capture_tail(output, tail, sizeof(tail)) == 0) {
        return;
    }
    fprintf(stderr, "mallocfail: the last lines of %s:\n", what);
    for (char *line = strtok(tail, "\n"); line; line = strtok(NULL, "\n")) {
        fputs("    ", stderr);
        printable_put(line, stderr);
        fputc('\n', stderr);
    }
}

void server_show_answer(const struct server *server) {
    show_tail(&server->answer, "its output");
    show_tail(&server->job.streams[1], "the server's standard error");
}

/** Tell how it ended when it should not have. */
static void tell_end(const struct server *server) {
    const struct diag *diag = server->campaign->diag;
    char name[32];
    if (WIFSIGNALED(server->status)) {
        diag_error(diag, "the server was killed by %s before it was ready",
                   signals_name(WTERMSIG(server->status), name));
    } else if (server->status == 0 && server->left_running > 0) {
        diag_error(diag,
                   "the server went into the background: run it in the foreground "
                   "(nginx -g 'daemon off;', redis-server --daemonize no, mosquitto "
                   "without -d)");
    } else {
        diag_error(diag, "the server ended with exit status %d before it was ready",
                   WEXITSTATUS(server->status));
    }
    show_tail(&server->job.streams[0], "its standard output");
    show_tail(&server->job.streams[1], "its standard error");
}

/** Begin with no process, as far as the channel knows. */
static void clear_slots(struct server *server) {
    struct mf_head *head = server->job.channel.head;
    unsigned used = channel_processes(&server->job.channel);
    for (unsigned i = 0; i < used; i++) {
        memset(channel_process(&server->job.channel, i), 0, sizeof(struct mf_process));
    }
    atomic_store(&head->processes_used, 0);
    atomic_store(&head->launched, 0);
}

/** Start its process; 0, or the exit status with the user told. */
static int launch(struct server *server) {
    struct campaign *campaign = server->campaign;
    clear_slots(server);
    server_forget(server);
    server->failures = 0;
    server->trial = server->last_trial = NULL;
    server->left_running = 0;
    atomic_store(&server->serve->wanted, 0);
    atomic_store(&server->serve->phase, MF_SERVE_START);
    if (job_start(&server->job, &server->tracer, campaign->plan.traced, server) == 0) {
        server->state = SERVER_RUNS;
        server->served->starts++;
        campaign_note_tracing(campaign, server->tracer.on);
        return 0;
    }
    int reason = errno;
    char text[FILELIMIT_REASON_MAX];
    if (reason == ECANCELED) {
        diag_error(campaign->diag, JOB_PREPARE_FAILED);
        return STATUS_FAILED;
    }
    diag_error(campaign->diag, "cannot run '%s': %s", campaign->plan.argv[0],
               filelimit_reason(reason, text));
    return launch_status(reason);
}

/** Ask it until it is ready; whether it is. */
static bool await_ready(struct server *server, uint64_t until) {
    uint64_t period = READY_PERIOD, now;
    while (server->state == SERVER_RUNS && (now = clock_now()) < until &&
           campaign_goes_on(server->campaign)) {
        if (server_ask(server, server->served->ready, MF_SERVE_START, until - now) &&
            server->client.status == 0 && server->state == SERVER_RUNS) {
            return true;
        }
        atomic_store(&server->serve->phase, MF_SERVE_START);
        server_wait(server, period);
        period = 2 * period < READY_PERIOD_MAX ? 2 * period : READY_PERIOD_MAX;
    }
    return false;
}

/** Tell why it is not ready; the exit status. */
static int tell_unready(struct server *server) {
    const struct campaign *campaign = server->campaign;
    progress_clear(&server->campaign->progress);
    if (campaign->stopped_by) {
        return STATUS_SIGNALLED + campaign->stopped_by;
    }
    if (campaign->out_of_time) {
        diag_error(campaign->diag, "the budget was spent before the server was ready");
        return STATUS_TIMED_OUT;
    }
    if (server->state != SERVER_RUNS) {
        tell_end(server);
        return STATUS_FAILED;
    }
    diag_error(campaign->diag,
               "the server was not ready after %.0f s: '%s' %s (--ready-timeout gives it "
               "more time)",
               (double)server->served->ready_ns / (double)CLOCK_SECOND,
               server->served->ready,
               server->client.timed_out ? "did not end" : "never ended with 0");
    server_show_answer(server);
    return STATUS_TIMED_OUT;
}

int server_start(struct server *server, bool again) {
    uint64_t since = clock_now(), until = since + server->served->ready_ns;
    do {
        int status = launch(server);
        if (status != 0) {
            return status;
        }
        uint64_t started = clock_now();
        if (await_ready(server, until)) {
            atomic_store(&server->serve->phase, MF_SERVE_BETWEEN);
            server->served->started_ns = clock_now() - started;
            return 0;
        }
        if (!again || server->state == SERVER_RUNS || clock_now() >= until) {
            break;
        }
        // Its port may still be taken.
        kill_all(server);
        campaign_signal(server->campaign, signals_wait(AGAIN_PERIOD));
    } while (campaign_goes_on(server->campaign));
    int status = tell_unready(server);
    server_end(server, 0);
    return status;
}
