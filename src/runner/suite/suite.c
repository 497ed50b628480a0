// SPDX-License-Identifier: MIT
#include "runner/suite/suite.h"

#include "runner/explore/conclusion.h"
#include "runner/explore/report_explore.h"
#include "runner/inplace/barrier.h"
#include "runner/results/suppressions.h"
#include "runner/suite/desks.h"
#include "runner/suite/fresh.h"
#include "runner/suite/gaps.h"
#include "runner/suite/guard.h"
#include "runner/suite/leavers.h"
#include "runner/suite/others.h"
#include "runner/suite/ownends.h"
#include "runner/suite/owners.h"
#include "runner/suite/report_suite.h"
#include "runner/suite/untried.h"
#include "runner/suite/waits.h"
#include "runner/target/environment.h"
#include "runner/target/launch.h"
#include "runner/target/tree.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"
#include "runner/util/status.h"
#include "runner/util/wrap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** How long the suite has to end by itself when the user has ended it. */
#define GRACE (500 * CLOCK_MILLISECOND)
/** From so many failures on it is looked at what a child retries. */
#define RETRIES_MIN 20000
/** What a replay is given. */
#define REPLAY_TIME (10 * CLOCK_SECOND)

struct run {
    const struct suite_options *options;
    struct campaign campaign;
    struct desks desks;
    struct leavers leavers;
    struct tree tree;
    struct terminal terminal;
    struct suite_end end;
    pid_t pid;
    /** Says what fails beside allocations; nothing is patched by it. */
    struct mf_patches patches;
};

static void plan(struct run *run) {
    struct campaign *campaign = &run->campaign;
    const struct campaign_options *options = campaign->options;
    run->patches.also = run->patches.reached = options->also;
    campaign->plan = (struct job_plan){
        .path = run->options->path,
        .argv = options->argv,
        .patches = &run->patches,
        .allocator = 1 + MF_ALLOCATOR_NEXT,
        .timeout_ns = options->timeout_ns ? options->timeout_ns : CLOCK_NEVER,
        .patient = !options->timeout_ns,
        .file_max = MF_SUITE_OUTPUT_MAX,
        .retries_min = RETRIES_MIN,
        .traced = true,
        .watch = &campaign->watch,
        .signals = &campaign->signals,
    };
    campaign->horizon = (struct horizon){UINT64_MAX, CLOCK_NEVER};
    campaign->until_ns = CLOCK_NEVER;
}

/** What children are held against: nothing, for what they write is not judged. */
static int expect_nothing(struct oracle *oracle) {
    oracle->file_max = MF_SUITE_OUTPUT_MAX;
    oracle->steady[0].moves = oracle->steady[1].moves = true;
    return capture_open(&oracle->streams[0]) | capture_open(&oracle->streams[1]);
}

/** Name the command among the programs that are not tested: nobody executes it who would. */
static void pass_over_command(struct run *run) {
    struct mf_suite *suite = run->desks.suite;
    struct mf_suite_other *other = &suite->others[1][0];
    snprintf(other->name, sizeof(other->name), "%s", path_base(run->options->path));
    other->why = MF_SUITE_STATIC;
    atomic_store(&other->processes, 1);
    atomic_store(&suite->others_used[1], 1);
}

/** Start the command; 0, or the exit status. */
static int start(struct run *run) {
    const struct suite_options *options = run->options;
    if (options->is_static) {
        pass_over_command(run);
    }
    struct environment environment;
    if (environment_init(&environment, options->preload, run->desks.channel.fd,
                         ENVIRONMENT_SUITE) != 0) {
        diag_no_memory(run->campaign.diag);
        return STATUS_FAILED;
    }
    const struct launch launch = {
        .path = options->path,
        .argv = options->campaign.argv,
        .envp = environment.list,
        .signals = &run->campaign.signals,
    };
    run->pid = launch_start(&launch, &run->terminal);
    int reason = errno;
    environment_destroy(&environment);
    if (run->pid > 0) {
        return 0;
    }
    diag_error(run->campaign.diag, "cannot run '%s': %s", options->path,
               strerror(reason));
    return launch_status(reason);
}

/** Take whatever has happened. */
static void reap(struct run *run) {
    struct tracee_event event;
    do {
        event = tracee_next(&run->desks.inplace.tracer, false);
        if (event.kind == TRACEE_ENDED && event.tid == run->pid) {
            run->end.status = event.status;
            run->end.ended = true;
        } else if (event.kind == TRACEE_STOPPED && event.tid == run->pid) {
            kill(-run->pid, SIGCONT);
        } else {
            desks_act(&run->desks, &event);
        }
    } while (event.kind != TRACEE_NOTHING);
}

/** Take the keys of a terminal that the suite has for the user's wish to end: their signals do
 * not come here. */
static void notice_keys(struct run *run) {
    int status = run->end.status;
    int number =
        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - STATUS_SIGNALLED;
    bool key = number == SIGINT || number == SIGQUIT;
    if (run->end.ended && run->terminal.given && key && !run->campaign.stopped_by) {
        run->campaign.stopped_by = number;
    }
}

/** Go on until the command has ended, or the user ends it. */
static void attend(struct run *run) {
    struct campaign *campaign = &run->campaign;
    uint64_t until = CLOCK_NEVER;
    while (!run->end.ended && clock_now() < until) {
        desks_attend(&run->desks);
        leavers_attend(&run->leavers);
        int number = signals_wait(waits_period(&run->desks));
        if (signals_are_final(number) && !campaign->stopped_by) {
            campaign->stopped_by = number;
            until = clock_now() + GRACE;
            kill(-run->pid, number);
        }
        reap(run);
    }
    notice_keys(run);
}

/** Make good for wrappers: what allocates for its callers is known only when all stacks are,
 * and the modules of a stack may be others then. What no process was held for is planned all
 * the same, and told; what was tried all the same is planned. */
static void count_wrapped(struct run *run) {
    struct campaign *campaign = &run->campaign;
    size_t wrapped = 0;
    for (uint64_t i = 0; i < STACKS_ROOM; i++) {
        uint64_t id = run->desks.table[i].id;
        const struct stacks_entry *entry =
            id ? stacks_find(&campaign->oracle.stacks, id) : NULL;
        if (entry && desks_is_spared(&run->desks, i) != entry->left_out) {
            wrapped += entry->left_out ? 0 : MF_SUITE_POINTS;
            campaign->planned += entry->left_out ? MF_SUITE_POINTS : 0;
        }
    }
    campaign->unsuited[CAMPAIGN_WRAPPED] = wrapped;
}

/** Take over the stacks of all processes, and count those that were not tried; 0 on success,
 * -1 when memory ran out. */
static int take_stacks(struct run *run) {
    struct campaign *campaign = &run->campaign;
    struct oracle *oracle = &campaign->oracle;
    uint64_t *ids = calloc(STACKS_ROOM, sizeof(ids[0]));
    size_t count = 0;
    for (uint64_t i = 0; ids && i < STACKS_ROOM; i++) {
        uint64_t id = run->desks.table[i].id;
        // What a program has of a common one is counted apart.
        if (id && desks_stack_id(&run->desks, i) == id) {
            ids[count++] = id;
        }
    }
    const struct points_source source = {
        .ids = ids,
        .id_count = count,
        .processes = &oracle->processes,
        .stacks = &oracle->stacks,
    };
    int bad = !ids ||
              stacks_read(&oracle->stacks, &run->desks.channel, MF_CHANNEL_SIZE, ids,
                          count) != 0 ||
              wrappers_find(&campaign->wrappers, &oracle->stacks,
                            &campaign->options->choice.wrappers) != 0 ||
              points_choose(&campaign->points, &source, &campaign->options->choice) != 0;
    run->desks.commands.shared = owners_count(&run->desks);
    campaign->planned =
        MF_SUITE_POINTS * (campaign->points.in_all - run->desks.commands.shared.stacks +
                           run->desks.commands.shared.by_program);
    count_wrapped(run);
    // What found no room in the table is not among those.
    campaign->cut_short = atomic_load(&run->desks.suite->unlisted) > 0;
    oracle->count = count;
    free(ids);
    return bad ? -1 : 0;
}

/** Take over how the suite itself ended, and the programs that were not tested; 0 on success,
 * -1 when memory ran out. */
static int take_suite(struct run *run) {
    struct oracle *oracle = &run->campaign.oracle;
    const struct mf_suite *suite = run->desks.suite;
    struct others_list *list = &oracle->others.unreached;
    struct mf_suite_other others[MF_SUITE_OTHERS_MAX];
    uint32_t lost;
    uint32_t count = others_read(suite, others, &lost);
    oracle->status = run->end.status;
    oracle->elapsed_ns = run->end.elapsed_ns;
    oracle->process_count = (unsigned)atomic_load(&suite->processes);
    list->entries = calloc(count + 1, sizeof(list->entries[0]));
    for (uint32_t i = 0; list->entries && i < count; i++) {
        struct others_entry *entry = &list->entries[list->count++];
        memcpy(entry->image, others[i].name, MF_SUITE_NAME_MAX - 1);
        entry->processes = others[i].processes;
        entry->why = others_why(others[i].why);
    }
    return list->entries ? 0 : -1;
}

/** The exit status that follows from what was found. */
static int judge(const struct campaign *campaign, const void *context) {
    const struct run *run = context;
    if (campaign->stopped_by) {
        return STATUS_SIGNALLED + campaign->stopped_by;
    }
    if (campaign->done == 0) {
        return campaign->options->nothing;
    }
    if (conclusion_has_defects(campaign)) {
        return STATUS_DEFECT;
    }
    // A suite that fails is not green because no allocation failure broke it.
    return WIFSIGNALED(run->end.status) ? STATUS_SIGNALLED + WTERMSIG(run->end.status)
                                        : WEXITSTATUS(run->end.status);
}

/** Name, write and tell what was found; the exit status. */
static int tell(struct run *run, const struct destinations *reports) {
    struct campaign *campaign = &run->campaign;
    if (take_stacks(run) != 0 || take_suite(run) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    if (reach_take(&run->desks.reach, run->desks.suite, campaign, run->desks.trials,
                   &run->desks.commands) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    if (ownends_find(campaign) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    conclusion_check_choice(campaign);
    gaps_find(campaign, &run->desks);
    campaign->plan.timeout_ns = REPLAY_TIME;
    int status = conclusion_write(campaign, reports, judge, run);
    struct wrap wrap;
    FILE *stream = wrap_begin(&wrap);
    if (campaign->done == 0 && campaign->stopped_by) {
        diag_error(campaign->diag, "nothing was tested: interrupted");
        if (campaign->planned > 0) {
            report_brief(campaign, campaign->defects, stream);
        }
    } else if (campaign->done == 0) {
        report_suite_nothing(campaign, &run->desks, &run->end, stream);
    } else if (!campaign->diag->quiet) {
        report_suite(campaign, &run->desks, &run->end, stream);
    } else {
        report_brief(campaign, campaign->defects, stream);
    }
    wrap_end(&wrap);
    return status;
}

/** Take what the suite has left, and try it fresh where that is wanted. */
static void go_on(struct run *run) {
    struct campaign *campaign = &run->campaign;
    hangs_settle(&run->desks.hangs, campaign);
    control_settle(campaign);
    owners_settle(&run->desks);
    untried_count(&run->desks);
    if (run->options->fresh && !campaign->stopped_by) {
        fresh_try(campaign, run->options, &run->tree);
    }
}

/** Start, attend, and put everything back as it was; the exit status. */
static int conduct(struct run *run, const struct destinations *reports) {
    struct campaign *campaign = &run->campaign;
    const struct desks_terms terms = {
        .globs = run->options->programs,
        .glob_count = run->options->program_count,
        .hold_ns = run->options->hold_ns,
        .within = run->options->within,
    };
    struct guard guard;
    signals_take(&campaign->signals);
    guard_begin(&guard);
    campaign->unpack = unpack_new();
    campaign->barrier = barrier_begin();
    terminal_open(&run->terminal);
    tree_begin(&run->tree);
    int status = STATUS_FAILED;
    if (expect_nothing(&campaign->oracle) != 0 ||
        desks_open(&run->desks, campaign, &terms) != 0) {
        diag_error(campaign->diag, "cannot make the memory shared with the suite: %s",
                   strerror(errno));
    } else {
        status =
            leavers_begin(&run->leavers, &run->desks) == 0 ? start(run) : STATUS_FAILED;
        if (status == 0) {
            attend(run);
            desks_dismiss(&run->desks);
            leavers_end(&run->leavers);
            run->end.elapsed_ns = clock_now() - campaign->started_ns;
            campaign->trying_ns = run->end.elapsed_ns;
            campaign->oracle.left_running = run->end.ended ? tree_count(&run->tree) : 0;
        }
        tree_kill(&run->tree, run->pid > 0 ? run->pid : 0);
        terminal_take(&run->terminal);
        if (status == 0) {
            go_on(run);
        }
        status = status == 0 ? tell(run, reports) : status;
        desks_close(&run->desks);
    }
    tree_end(&run->tree);
    terminal_close(&run->terminal);
    helper_free(campaign->barrier);
    unpack_free(campaign->unpack);
    guard_end(&guard);
    signals_drop();
    signals_restore(&campaign->signals);
    return status;
}

int suite(const struct suite_options *options, const struct destinations *reports,
          const struct diag *diag) {
    struct defects defects;
    struct suppressions suppressions = {0};
    struct run run = {
        .options = options,
        .campaign =
            {
                .options = &options->campaign,
                .diag = diag,
                .oracle = {.streams = {{-1}, {-1}}},
                .defects = &defects,
                .suppressions = &suppressions,
                .started_ns = clock_now(),
            },
    };
    struct campaign *campaign = &run.campaign;
    int status = conclusion_foresee(campaign, reports);
    if (status != 0) {
        return status;
    }
    campaign->commands = &run.desks.commands;
    plan(&run);
    status = conduct(&run, reports);
    conclusion_release(campaign);
    return status;
}
