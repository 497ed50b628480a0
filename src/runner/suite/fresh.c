// SPDX-License-Identifier: MIT
// A point is found again by its stack: in a run of the command alone its number is another
// one, and which process or thread comes to it may be, too. What was left for want of time
// only is tried in place there, where nobody minds how long the command is held.
//
// Where time is short, each failure has the same share of it, so that no slow command takes
// the time of all others. What that leaves over is for those that need more.
#include "runner/suite/fresh.h"

#include "core/channel/suite.h"
#include "runner/explore/misses.h"
#include "runner/inplace/inplace.h"
#include "runner/suite/deadline.h"
#include "runner/trials/doubts.h"
#include "runner/trials/fresh.h"
#include "runner/trials/horizon.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"
#include "runner/util/shellword.h"
#include "runner/util/status.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What a clean run may take: so long, or some and so many times what the suite took. */
#define CLEAN_TIME  (60 * CLOCK_SECOND)
#define CLEAN_TIMES 2
/** What part of the time that is left a clean run may take: there are up to three. */
#define CLEAN_PART 3
/** A trial may take so many times what a clean run takes, and some. */
#define TRIAL_TIMES 10
#define SOME_TIME   CLOCK_SECOND
/** This part of the time is for naming and writing what was found, as far as it is short; where
 * much was found, or the machine is busy, it is more, up to the other one. */
#define REST_PART     4
#define REST_PART_MAX 2
#define REST_MAX      (2 * CLOCK_SECOND)
/** What that takes, and what each place takes where something was found. */
#define REST_BASE (100 * CLOCK_MILLISECOND)
#define REST_EACH (3 * CLOCK_MILLISECOND)
/** From so many failures on it is looked at what a run retries, and some. */
#define RETRIES_MIN 10000

/** A command, and how many trials of it are left. */
struct task {
    const struct command_line *command;
    size_t trials;
};

struct work {
    struct campaign *campaign;
    const struct suite_options *options;
    const struct tree *tree;
    /** What the suite itself was held against. */
    struct oracle oracle;
    /** When all is to end. */
    uint64_t until_ns;
    /** The runner's directory and environment; and the one of a command, whose strings are
     * others'. */
    int home;
    char **own, **merged;
};

/** Whose a trial is; NULL = nobody knows. */
static const struct command_line *command_of(const struct work *work, size_t trial) {
    // The first one of each stack has it.
    return commands_of(work->campaign->commands, trial - trial % MF_SUITE_POINTS);
}

/** Act on all trials of a command that are left. */
static void for_each(struct work *work, const struct command_line *command,
                     void act(struct work *work, struct trial *trial, unsigned value),
                     unsigned value) {
    struct campaign *campaign = work->campaign;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->left == TRIAL_LEFT && command_of(work, i) == command) {
            act(work, trial, value);
        }
    }
}

/** Say why a trial cannot be done. */
static void give_up(struct work *work, struct trial *trial, unsigned left) {
    (void)work;
    trial->left = (uint8_t)left;
}

/** Have a trial run next, if the command comes there when nothing fails. */
static void prepare(struct work *work, struct trial *trial, unsigned value) {
    (void)value;
    if (!stacks_find(&work->campaign->oracle.stacks, trial->point.stack_id)) {
        trial->left = TRIAL_LEFT_ELSEWHERE;
        return;
    }
    // What was done in place is run so, too, where there is doubt about it.
    trial->point.occurrence = 1;
    if (trial->state != TRIAL_DONE) {
        trial->state = TRIAL_OPEN;
    }
}

/** Have a trial run next that only wants a process which is held for it, if the command's
 * first one comes there. */
static void prepare_in_place(struct work *work, struct trial *trial, unsigned value) {
    const struct oracle *oracle = &work->campaign->oracle;
    const struct stacks_entry *entry =
        stacks_find(&oracle->stacks, trial->point.stack_id);
    bool hurried = campaign_is_hurried(trial->reason);
    (void)value;
    if (hurried && entry && entry->number > 0 && entry->number <= oracle->id_count &&
        oracle->ids[entry->number - 1] == entry->id) {
        trial->state = TRIAL_OPEN;
        trial->point.number = entry->number;
    }
}

/** Take what a trial came to; one that was not run keeps what it is, or has this. */
static void take(struct work *work, struct trial *trial, unsigned left) {
    if (trial->state != TRIAL_DONE && trial->state != TRIAL_MISSED) {
        trial->state = TRIAL_PUT_OFF;
        trial->left = (uint8_t)left;
    } else if (trial->state == TRIAL_MISSED) {
        campaign_reopen(work->campaign, trial);
        trial->state = TRIAL_PUT_OFF;
        trial->left = TRIAL_LEFT_ELSEWHERE;
    } else {
        trial->left = TRIAL_LEFT_FRESH;
    }
    // Doubts about it have been settled: the next command's clean runs say nothing of it.
    trial->by_output = false;
}

/** Take back that a trial's output is wrong: there was no time to see it twice. */
static void doubt(struct work *work, struct trial *trial, unsigned value) {
    (void)value;
    if (trial->state == TRIAL_DONE && trial->outcome == OUTCOME_SILENT) {
        campaign_reopen(work->campaign, trial);
    }
}

/** Whether a variable of one environment is set in another one. */
static bool is_set(char *const *environment, const char *variable) {
    size_t length = strcspn(variable, "=") + 1;
    while (*environment && strncmp(*environment, variable, length) != 0) {
        environment++;
    }
    return *environment;
}

static size_t count(char *const *list) {
    size_t entries = 0;
    while (list && list[entries]) {
        entries++;
    }
    return entries;
}

/** The runner's environment, with a command's variables in it; NULL when memory ran out. */
static char **merge(char **own, char **others) {
    char **list = calloc(count(own) + count(others) + 1, sizeof(list[0]));
    size_t used = 0;
    for (size_t i = 0; list && own && own[i]; i++) {
        if (!others || !is_set(others, own[i])) {
            list[used++] = own[i];
        }
    }
    for (size_t i = 0; list && others && others[i]; i++) {
        list[used++] = others[i];
    }
    return list;
}

/** Go where a command ran; whether that is there. */
static bool go_there(struct work *work, const struct command_line *command) {
    if (command->directory && chdir(command->directory) != 0) {
        return false;
    }
    work->merged = merge(work->own, command->environment);
    environ = work->merged ? work->merged : work->own;
    return work->merged && access(command->program, X_OK) == 0 &&
           (!command->input || access(command->input, R_OK) == 0);
}

static void come_back(struct work *work) {
    environ = work->own;
    free(work->merged);
    work->merged = NULL;
    // Results are written relative to it.
    if (fchdir(work->home) != 0) {
        diag_error(work->campaign->diag, "cannot go back to the working directory: %m");
    }
}

/** How long a clean run may take. */
static uint64_t clean_time(const struct work *work) {
    uint64_t now = clock_now(), until = work->campaign->until_ns;
    uint64_t part = until == CLOCK_NEVER ? CLOCK_NEVER
                    : until > now        ? (until - now) / CLEAN_PART
                                         : 0;
    uint64_t most = SOME_TIME + CLEAN_TIMES * work->oracle.elapsed_ns;
    most = most < CLEAN_TIME ? most : CLEAN_TIME;
    return part < most ? part : most;
}

/** Make a plan of a command's runs. */
static void plan(struct work *work, const struct command_line *command) {
    struct job_plan *plan = &work->campaign->plan;
    plan->path = command->program;
    plan->argv = command->argv;
    plan->input = command->input;
    plan->preload = work->options->preload;
    plan->follow = true;
    plan->launchers = 0;
    plan->traced = true;
    plan->file_max = MF_SUITE_OUTPUT_MAX;
    plan->retries_min = 0;
    plan->leaks = plan->leaks_may_lack = work->campaign->options->leaks;
    plan->wrappers = wrappers_by_name(&work->campaign->options->choice.wrappers);
    plan->timeout_ns = clean_time(work);
    plan->patient = false;
}

/** Run a command as it is: that is what its trials are held against. What its trials are if
 * it does not come to an end, twice the same; else TRIAL_LEFT_NOT. */
static enum trial_left ask(struct work *work) {
    struct campaign *campaign = work->campaign;
    struct oracle *oracle = &campaign->oracle;
    struct diag mute = *campaign->diag;
    mute.silent = mute.quiet = true;
    int status = oracle_ask(oracle, &campaign->plan, campaign->options->arm,
                            &campaign->defects->modules, &mute);
    if (status > STATUS_SIGNALLED) {
        campaign->stopped_by = status - STATUS_SIGNALLED;
    }
    if (status != 0) {
        bool timed_out = status == STATUS_TIMED_OUT && work->until_ns != CLOCK_NEVER;
        return timed_out || campaign->stopped_by ? TRIAL_LEFT : TRIAL_LEFT_UNCLEAN;
    }
    uint64_t own = campaign->options->timeout_ns;
    campaign->plan.retries_min = RETRIES_MIN + 10 * oracle->count;
    campaign->plan.timeout_ns =
        own ? oracle->elapsed_ns + own : TRIAL_TIMES * oracle->elapsed_ns + SOME_TIME;
    campaign->plan.patient = !own;
    // By stack, in any process.
    oracle->drifts = true;
    oracle->image[0] = '\0';
    return TRIAL_LEFT_NOT;
}

/** Whether there is time to see again what looks wrong: clean runs cannot be cut. */
static bool has_time_for_doubts(const struct campaign *campaign) {
    uint64_t now = clock_now();
    return campaign->until_ns == CLOCK_NEVER ||
           (campaign->until_ns > now &&
            campaign->until_ns - now > CLEAN_PART * campaign->oracle.elapsed_ns);
}

/** Try in place what can be; 0 on success, -1 when memory ran out. */
static int try_in_place(struct work *work, const struct command_line *command) {
    struct campaign *campaign = work->campaign;
    // Why failures are left has been counted.
    const struct barred barred = campaign->barred;
    size_t unsuited[CAMPAIGN_REASONS];
    memcpy(unsuited, campaign->unsuited, sizeof(unsuited));
    for_each(work, command, prepare_in_place, 0);
    int bad = inplace_trials(campaign);
    memcpy(campaign->unsuited, unsuited, sizeof(unsuited));
    campaign->barred = barred;
    campaign->not_in_place = NULL;
    return bad;
}

/** Try what a command has left, in its directory. */
static void try_command(struct work *work, const struct command_line *command) {
    struct campaign *campaign = work->campaign;
    plan(work, command);
    enum trial_left left = ask(work);
    if (left != TRIAL_LEFT_NOT) {
        for_each(work, command, give_up, left);
        return;
    }
    bool bad = try_in_place(work, command) != 0;
    for_each(work, command, prepare, 0);
    bad = bad || fresh_trials(campaign) != 0 || misses_run_alone(campaign) != 0;
    if (!bad && has_time_for_doubts(campaign)) {
        bad = doubts_settle(campaign) != 0;
    } else {
        for_each(work, command, doubt, 0);
    }
    for_each(work, command, take, bad ? TRIAL_LEFT_GONE : TRIAL_LEFT);
    oracle_destroy(&campaign->oracle);
    tree_kill_strays(work->tree);
}

/** Say what is run again. */
static void announce(struct work *work, const struct task *task) {
    const struct command_line *command = task->command;
    if (work->campaign->diag->quiet) {
        return;
    }
    progress_clear(&work->campaign->progress);
    fprintf(stderr, "mallocfail: running again, for %zu failure%s: ", task->trials,
            plural(task->trials));
    if (command->test) {
        printable_put(command->test, stderr);
        fputs(": ", stderr);
    }
    char *line = NULL;
    size_t size;
    FILE *stream = open_memstream(&line, &size);
    for (size_t i = 0; stream && command->argv[i]; i++) {
        fputs(i > 0 ? " " : "", stream);
        shellword_put(command->argv[i], stream);
    }
    if (stream && fclose(stream) == 0) {
        printable_put(line, stderr);
    }
    free(line);
    fputc('\n', stderr);
}

/** Do all there is to be done of a command, and count what is left. */
static void conduct(struct work *work, struct task *task) {
    announce(work, task);
    if (go_there(work, task->command)) {
        try_command(work, task->command);
    } else {
        for_each(work, task->command, give_up, TRIAL_LEFT_GONE);
    }
    come_back(work);
    task->trials = 0;
    for (size_t i = 0; i < work->campaign->trial_count; i++) {
        task->trials += work->campaign->trials[i].left == TRIAL_LEFT &&
                        command_of(work, i) == task->command;
    }
}

static int by_trials(const void *a, const void *b) {
    const struct task *one = a, *other = b;
    return (one->trials < other->trials) - (one->trials > other->trials);
}

/** Whether a command can be run again, as far as is known. */
static enum trial_left look_at(const struct command_line *command) {
    return !command            ? TRIAL_LEFT_UNKNOWN
           : command->piped    ? TRIAL_LEFT_PIPE
           : !command->program ? TRIAL_LEFT_GONE
                               : TRIAL_LEFT;
}

/** The commands that have left something, those first that have left most. To be freed; NULL
 * when memory ran out. */
static struct task *list_tasks(struct work *work, size_t *all) {
    const struct campaign *campaign = work->campaign;
    const struct commands *commands = campaign->commands;
    struct task *tasks = calloc(commands->count + 1, sizeof(tasks[0]));
    for (size_t i = 0; tasks && i < commands->count; i++) {
        tasks[i].command = &commands->list[i];
    }
    for (size_t i = 0; tasks && i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        const struct command_line *command = command_of(work, i);
        // Doubts are for what has an oracle.
        trial->by_output = false;
        if (trial->left == TRIAL_LEFT) {
            trial->state = TRIAL_PUT_OFF;
            trial->left = (uint8_t)look_at(command);
        }
        if (trial->left == TRIAL_LEFT) {
            tasks[command - commands->list].trials++;
            ++*all;
        }
    }
    if (tasks) {
        qsort(tasks, commands->count, sizeof(tasks[0]), by_trials);
    }
    return tasks;
}

/** Have all that were not done open again, as others know them. */
static void reopen(struct campaign *campaign) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_PUT_OFF) {
            trial->state = TRIAL_OPEN;
        }
        if (trial->left == TRIAL_LEFT) {
            trial->left = TRIAL_LEFT_TIME;
        }
    }
}

/** The part of the time that is left which so many of all trials may take; its end. */
static uint64_t share(const struct work *work, size_t trials, size_t all) {
    uint64_t now = clock_now();
    if (work->until_ns == CLOCK_NEVER || now >= work->until_ns) {
        return work->until_ns;
    }
    return now + (work->until_ns - now) / all * trials;
}

/** Try what the commands have left, each in its share of the time or in all of it. */
static void try_round(struct work *work, struct task *tasks, size_t all, bool shared) {
    struct campaign *campaign = work->campaign;
    for (size_t i = 0; i < campaign->commands->count; i++) {
        size_t trials = tasks[i].trials;
        campaign->until_ns = work->until_ns;
        campaign->out_of_time = false;
        if (trials == 0 || !campaign_goes_on(campaign)) {
            continue;
        }
        if (shared) {
            campaign->until_ns = share(work, trials, all);
            all -= trials;
        }
        conduct(work, &tasks[i]);
    }
}

/** What was not run to its end is to be, too. */
static void open_survivors(struct campaign *campaign) {
    horizon_reopen(campaign, 0, campaign->trial_count);
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->survived.seen > 0 && trial->state == TRIAL_OPEN) {
            trial->left = TRIAL_LEFT;
            trial->reason = CAMPAIGN_CUT;
        }
    }
}

/** What was not run again is as it was. */
static void close_survivors(struct campaign *campaign) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->survived.seen > 0 && trial->state == TRIAL_OPEN) {
            trial->left = TRIAL_LEFT_NOT;
        }
    }
    horizon_restore(campaign, 0, campaign->trial_count);
}

static void try_all(struct work *work) {
    struct campaign *campaign = work->campaign;
    size_t all = 0;
    struct task *tasks = list_tasks(work, &all);
    if (!tasks) {
        diag_no_memory(campaign->diag);
        return;
    }
    progress_begin(&campaign->progress, campaign->diag->quiet, work->until_ns);
    progress_count(&campaign->progress, 0, all);
    try_round(work, tasks, all, true);
    if (work->until_ns != CLOCK_NEVER) {
        try_round(work, tasks, all, false);
    }
    progress_clear(&campaign->progress);
    free(tasks);
    reopen(campaign);
}

/** What is kept back of the time. */
static uint64_t rest_of(const struct campaign *campaign, uint64_t time_ns) {
    uint64_t part = time_ns / REST_PART, most = time_ns / REST_PART_MAX;
    uint64_t usual = part < REST_MAX ? part : REST_MAX;
    uint64_t needed =
        (uint64_t)((double)(REST_BASE + campaign->sightings.count * REST_EACH) *
                   deadline_load());
    needed = needed < most ? needed : most;
    return needed > usual ? needed : usual;
}

void fresh_try(struct campaign *campaign, const struct suite_options *options,
               const struct tree *tree) {
    struct work work = {
        .campaign = campaign,
        .options = options,
        .tree = tree,
        .oracle = campaign->oracle,
        .home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC),
        .own = environ,
    };
    const struct job_plan before = campaign->plan;
    uint64_t since = clock_now();
    if (work.home < 0) {
        diag_error(campaign->diag, "cannot open the working directory: %m");
        return;
    }
    work.oracle.elapsed_ns = since - campaign->started_ns;
    work.until_ns = options->fresh_ns
                        ? since + options->fresh_ns - rest_of(campaign, options->fresh_ns)
                        : CLOCK_NEVER;
    campaign->due = campaign->trial_count;
    campaign->oracle = (struct oracle){.streams = {{-1}, {-1}}};
    campaign->tree = tree;
    open_survivors(campaign);
    try_all(&work);
    close_survivors(campaign);
    campaign->oracle = work.oracle;
    campaign->plan = before;
    campaign->tree = NULL;
    // Which trials that left out is told. What was found is named; places of which nothing
    // was found only as long as there is time.
    campaign->out_of_time = false;
    campaign->until_ns = options->fresh_ns ? since + options->fresh_ns : CLOCK_NEVER;
    campaign->trying_ns += clock_now() - since;
    close(work.home);
}
