// SPDX-License-Identifier: MIT
#include "runner/serve/serve.h"

#include "runner/explore/conclusion.h"
#include "runner/explore/report_explore.h"
#include "runner/results/suppressions.h"
#include "runner/serve/drive.h"
#include "runner/serve/report_serve.h"
#include "runner/serve/reproduction.h"
#include "runner/serve/trying.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"
#include "runner/util/wrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** What a drive may take when nothing fails, where nothing else is said. */
#define DRIVE_TIME (60 * CLOCK_SECOND)
/** What it may take with a failure: so many times as long, and some. */
#define DRIVE_TIMES 10
#define SOME_TIME   (2 * CLOCK_SECOND)
/** How long it is waited for whether somebody else is ready already. */
#define EARLY_TIME (5 * CLOCK_SECOND)
/** The most that is kept of what it writes: it goes on for long. */
#define OUTPUT_MAX (4 * CAPTURE_MAX)
/** What a replay is given. */
#define REPLAY_TIME (10 * CLOCK_SECOND)
/** How long it has to end by itself: in the end, and when the user does not want to wait. */
#define END_MOMENT  (CLOCK_SECOND)
#define STOP_MOMENT (300 * CLOCK_MILLISECOND)

static void plan(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    enum environment_kind environment = preflight_environment(campaign->preflight);
    campaign->plan = (struct job_plan){
        .path = campaign->preflight->program.path,
        .argv = options->argv,
        .preload = campaign->preflight->preload,
        .patches = &campaign->preflight->patches.plan,
        .later = &campaign->preflight->later,
        .environment = environment,
        .allocator = options->allocator ? options->allocator : 1 + MF_ALLOCATOR_NEXT,
        .prepare = options->prepare,
        .timeout_ns = options->timeout_ns ? options->timeout_ns : DRIVE_TIME,
        .file_max = OUTPUT_MAX,
        .follow = true,
        .traced = environment_is_traced(environment),
        .watch = &campaign->watch,
        .signals = &campaign->signals,
    };
    campaign->horizon = (struct horizon){UINT64_MAX, CLOCK_NEVER};
    campaign->until_ns = conclusion_until(campaign);
}

/** What servers are held against: nothing, for what they write is not judged. */
static int expect_nothing(struct oracle *oracle) {
    oracle->file_max = OUTPUT_MAX;
    oracle->steady[0].moves = oracle->steady[1].moves = true;
    return capture_open(&oracle->streams[0]) | capture_open(&oracle->streams[1]);
}

/** Whether another server answers already; the user is told. */
static bool is_taken(struct server *server) {
    uint64_t limit =
        server->served->ready_ns < EARLY_TIME ? server->served->ready_ns : EARLY_TIME;
    bool taken = server_ask(server, server->served->ready, MF_SERVE_START, limit) &&
                 server->client.status == 0;
    if (taken) {
        diag_error(
            server->campaign->diag,
            "nothing was tested: '%s' exits with 0 before the server is started: is "
            "another server running, or does the command not ask the server?",
            server->served->ready);
    }
    return taken;
}

/** All allocations of the server so far. */
static uint64_t count_allocations(const struct server *server) {
    uint64_t count = 0;
    for (unsigned i = 0; i < channel_processes(&server->job.channel); i++) {
        count += mf_process_seen(channel_process(&server->job.channel, i));
    }
    return count;
}

/** Tell why a drive in which nothing failed is no measure; the exit status. */
static int tell_drive(struct server *server, const char *which, bool ended) {
    const struct campaign *campaign = server->campaign;
    char name[32];
    int status = server->client.status;
    progress_clear(&server->campaign->progress);
    if (campaign->stopped_by) {
        diag_error(campaign->diag, "nothing was tested: interrupted in the %s", which);
        return STATUS_SIGNALLED + campaign->stopped_by;
    }
    if (server->state == SERVER_ENDED || server->state == SERVER_DIED) {
        bool killed = WIFSIGNALED(server->status);
        diag_error(campaign->diag,
                   "nothing was tested: the server %s%s in the %s, though nothing failed",
                   killed ? "was killed by " : "ended",
                   killed ? signals_name(WTERMSIG(server->status), name) : "", which);
    } else if (!ended) {
        diag_error(campaign->diag,
                   "nothing was tested: the %s did not end in time "
                   "(--timeout or a longer --budget gives it more)",
                   which);
        return STATUS_TIMED_OUT;
    } else {
        diag_error(campaign->diag,
                   "nothing was tested: the %s ends with %s%d, though nothing failed",
                   which, WIFSIGNALED(status) ? "signal " : "exit status ",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    server_show_answer(server);
    return STATUS_FAILED;
}

/** Learn what drives do when nothing fails: two of them; 0, or the exit status. */
static int learn(struct server *server) {
    struct campaign *campaign = server->campaign;
    uint64_t before = count_allocations(server), since = clock_now();
    bool ended = drive_learn(server);
    uint64_t first = clock_now() - since;
    if (!ended || server->client.status != 0) {
        return tell_drive(server, "first drive", ended);
    }
    server->served->allocations = count_allocations(server) - before;
    since = clock_now();
    ended = drive_learn(server);
    uint64_t second = clock_now() - since;
    if (!ended || server->client.status != 0) {
        return tell_drive(server, "second drive of the same server", ended);
    }
    if (server->served->health) {
        bool healthy = drive_is_healthy(server);
        if (!healthy) {
            return tell_drive(server, "command of --health", !server->client.timed_out);
        }
    }
    server->served->drive_ns = first > second ? first : second;
    campaign->oracle.elapsed_ns = server->served->drive_ns;
    campaign->plan.timeout_ns = campaign->options->timeout_ns
                                    ? campaign->options->timeout_ns
                                    : DRIVE_TIMES * server->served->drive_ns + SOME_TIME;
    return 0;
}

/** List the stacks that drives came to; NULL when memory ran out. To be freed. */
static uint64_t *list_stacks(const struct server *server, size_t *count) {
    uint64_t *ids = calloc(STACKS_ROOM, sizeof(ids[0]));
    *count = 0;
    for (uint64_t i = 0; ids && i < STACKS_ROOM; i++) {
        uint32_t seen = atomic_load(&server->stacks[i].seen);
        if (seen & 1u << MF_SERVE_LEARN && server->table[i].id) {
            ids[(*count)++] = server->table[i].id;
        }
    }
    return ids;
}

/** Make a trial of each point; 0 on success, -1 when memory ran out. */
static int make_trials(struct campaign *campaign) {
    const struct points *points = &campaign->points;
    size_t count = points->count;
    if (campaign->options->max && campaign->options->max < count) {
        count = campaign->options->max;
    }
    campaign->trials = calloc(count + 1, sizeof(campaign->trials[0]));
    for (size_t i = 0; campaign->trials && i < count; i++) {
        campaign->trials[i] = (struct trial){
            .point = points->list[i],
            .stack_id = points->list[i].stack_id,
        };
    }
    campaign->trial_count = campaign->trials ? count : 0;
    campaign->planned = points->in_all;
    return campaign->trials ? 0 : -1;
}

/** Take over the stacks of the drives, and choose among them; 0, or the exit status. */
static int choose(struct server *server) {
    struct campaign *campaign = server->campaign;
    struct oracle *oracle = &campaign->oracle;
    size_t count;
    uint64_t *ids = list_stacks(server, &count);
    const struct points_source source = {
        .ids = ids,
        .id_count = count,
        .processes = &oracle->processes,
        .stacks = &oracle->stacks,
    };
    int bad =
        !ids ||
        stacks_read(&oracle->stacks, &server->job.channel, MF_CHANNEL_SIZE, ids, count) !=
            0 ||
        wrappers_find(&campaign->wrappers, &oracle->stacks,
                      &campaign->options->choice.wrappers) != 0 ||
        points_choose(&campaign->points, &source, &campaign->options->choice) != 0 ||
        make_trials(campaign) != 0;
    free(ids);
    if (bad) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    const struct mf_process *process = job_process(&server->job);
    if (process) {
        memcpy(oracle->image, process->image, sizeof(oracle->image));
        oracle->image[sizeof(oracle->image) - 1] = '\0';
        oracle->threads = atomic_load(&process->threads);
        oracle->early = atomic_load(&process->early);
    }
    oracle->count = server->served->allocations;
    oracle->process_count = channel_processes(&server->job.channel);
    // By stack: numbers are another thing in each server.
    oracle->drifts = true;
    return 0;
}

/** Say why there is nothing to try; the exit status. */
static int tell_nothing(const struct server *server) {
    const struct campaign *campaign = server->campaign;
    if (!job_process(&server->job)) {
        diag_error(campaign->diag,
                   "nothing was tested: the library was never loaded into the server: is "
                   "it built for another C library, or started with a cleared "
                   "environment?");
        return STATUS_FAILED;
    }
    diag_error(campaign->diag,
               campaign->points.stacks == 0
                   ? "nothing was tested: a drive makes no allocation in the server, or "
                     "it has an allocator of its own"
                   : "nothing was tested: --only-module, --skip-module and --shard leave "
                     "no stack of a drive");
    return campaign->options->nothing;
}

/** Learn, and try what was learnt; 0, or the exit status where nothing was tried. */
static int go(struct server *server) {
    struct campaign *campaign = server->campaign;
    progress_say(&campaign->progress, "starting the server, and two drives of it");
    int status = learn(server);
    if (status == 0) {
        status = choose(server);
    }
    if (status != 0) {
        return status;
    }
    progress_clear(&campaign->progress);
    if (!campaign->diag->quiet) {
        struct wrap wrap;
        report_serve_begin(server, wrap_begin(&wrap));
        wrap_end(&wrap);
    }
    if (campaign->trial_count == 0) {
        return tell_nothing(server);
    }
    campaign->due = campaign->trial_count;
    progress_count(&campaign->progress, 0, campaign->trial_count);
    campaign->trying_since_ns = clock_now();
    trying_stacks(server);
    campaign->trying_ns = clock_now() - campaign->trying_since_ns;
    progress_clear(&campaign->progress);
    return 0;
}

/** Count the stacks that no drive came to when nothing failed. */
static void count_others(const struct server *server) {
    struct served *served = server->served;
    for (uint64_t i = 0; i < STACKS_ROOM; i++) {
        uint32_t seen = atomic_load(&server->stacks[i].seen);
        if (!server->table[i].id || seen & 1u << MF_SERVE_LEARN) {
            continue;
        }
        if (seen & 1u << MF_SERVE_START) {
            served->before_ready++;
        } else if (seen & 1u << MF_SERVE_TRY) {
            served->after_failure++;
        } else {
            served->between += seen != 0;
        }
    }
}

/** The exit status that follows from what was found. */
static int judge(const struct campaign *campaign, const void *context) {
    (void)context;
    int number = campaign->stopped_by ? campaign->stopped_by : campaign->unnamed_by;
    if (number) {
        return STATUS_SIGNALLED + number;
    }
    if (conclusion_has_defects(campaign)) {
        return STATUS_DEFECT;
    }
    if (campaign->done == 0) {
        diag_error(campaign->diag, "nothing was tested: %s",
                   campaign->out_of_time
                       ? "the budget was spent before a failure was tried"
                       : "no drive reached an allocation that was to fail");
        return campaign->cut_short ? STATUS_FAILED : campaign->options->nothing;
    }
    return campaign->cut_short ? STATUS_FAILED : STATUS_GOOD;
}

/** Name, write and tell what was found; the exit status. */
static int tell(struct server *server, const struct destinations *reports) {
    struct campaign *campaign = server->campaign;
    count_others(server);
    progress_say(&campaign->progress, "naming what was found");
    campaign->plan.timeout_ns = REPLAY_TIME;
    int status = conclusion_write(campaign, reports, judge, NULL);
    struct wrap wrap;
    FILE *stream = wrap_begin(&wrap);
    if (!campaign->diag->quiet) {
        report_serve(server, stream);
    } else {
        report_brief(campaign, campaign->defects, stream);
    }
    wrap_end(&wrap);
    return status;
}

/** Try what is wanted in a server that is ready, and end it; the exit status. */
static int try_it(struct server *server, const struct serve_options *options,
                  const struct destinations *reports) {
    struct campaign *campaign = server->campaign;
    if (options->wanted) {
        int status = reproduction_serve(server, options->wanted);
        server_end(server, STOP_MOMENT);
        return status;
    }
    int status = go(server);
    bool hurried = campaign->stopped_by || campaign->out_of_time;
    server_end(server, hurried ? STOP_MOMENT : END_MOMENT);
    return status == 0 ? tell(server, reports) : status;
}

/** Do all of it, with signals taken; the exit status. */
static int conduct(struct campaign *campaign, struct served *served,
                   const struct serve_options *options,
                   const struct destinations *reports) {
    struct server server;
    if (expect_nothing(&campaign->oracle) != 0 ||
        server_open(&server, campaign, served) != 0) {
        diag_error(campaign->diag, "cannot make the memory shared with the server: %s",
                   strerror(errno));
        return STATUS_FAILED;
    }
    tree_begin(&server.tree);
    progress_begin(&campaign->progress, campaign->diag->quiet, campaign->until_ns);
    int status = is_taken(&server) ? STATUS_FAILED : server_start(&server, false);
    if (status == 0) {
        status = try_it(&server, options, reports);
    }
    server_end(&server, 0);
    tree_end(&server.tree);
    server_close(&server);
    return status;
}

/** Begin with what is found; 0, or the exit status. */
static int begin(struct campaign *campaign, bool writes,
                 const struct destinations *reports) {
    if (writes) {
        return conclusion_foresee(campaign, reports);
    }
    if (defects_init(campaign->defects) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    campaign->defects->wrappers = &campaign->wrappers;
    return 0;
}

int serve(const struct serve_options *options, const struct destinations *reports,
          const struct preflight *preflight, const struct diag *diag) {
    struct defects defects;
    struct suppressions suppressions = {0};
    struct served served = {
        .ready = options->ready,
        .drive = options->drive,
        .health = options->health,
        .ready_ns = options->ready_ns,
    };
    struct campaign campaign = {
        .options = &options->campaign,
        .diag = diag,
        .preflight = preflight,
        .oracle = {.streams = {{-1}, {-1}}},
        .defects = &defects,
        .suppressions = &suppressions,
        .served = &served,
        .started_ns = clock_now(),
    };
    int status = begin(&campaign, !options->wanted, reports);
    if (status != 0) {
        return status;
    }
    plan(&campaign);
    unseen_find(&campaign.unseen, preflight,
                mf_allocator_align(campaign.plan.allocator - 1) != 0, NULL);
    signals_take(&campaign.signals);
    campaign.unpack = unpack_new();
    status = conduct(&campaign, &served, options, reports);
    unpack_free(campaign.unpack);
    signals_drop();
    signals_restore(&campaign.signals);
    conclusion_release(&campaign);
    return status;
}
