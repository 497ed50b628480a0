// SPDX-License-Identifier: MIT
// The first run records the stack of each allocation, which takes its time; the second
// one records too, so that a target whose allocations move by themselves is known.
#include "runner/trials/oracle.h"

#include "runner/crash/crash.h"
#include "runner/run/addresslimit.h"
#include "runner/run/filelimit.h"
#include "runner/run/run.h"
#include "runner/target/launch.h"
#include "runner/trials/judge.h"
#include "runner/trials/sighting.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"
#include "runner/util/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** The most allocations whose stacks are recorded. */
#define IDS_MAX   (UINT64_C(1) << 22)
#define IDS_BYTES (IDS_MAX * sizeof(uint64_t))

/** The longest policy of a clean run. */
#define POLICY_MAX 96

/** Write it: nothing fails. */
static void put_policy(char policy[POLICY_MAX], const char *arm) {
    snprintf(policy, POLICY_MAX, "{\"version\":1,\"arm\":\"%s\",\"rules\":[]}", arm);
}

/** Have the library record. */
static void set_up(struct job *job) {
    struct mf_explore *explore = &job->channel.head->explore;
    explore->mode = MF_EXPLORE_RECORD;
    explore->ids_offset = MF_CHANNEL_SIZE;
    explore->ids_room = IDS_MAX;
    stacks_ask(explore, MF_CHANNEL_SIZE + IDS_BYTES);
    if (job->plan->follow) {
        processes_set_up(explore, MF_CHANNEL_SIZE + IDS_BYTES + STACKS_BYTES);
    }
}

/** What a traced clean run is watched with. */
struct watcher {
    struct oracle *oracle;
    struct modules *modules;
    const struct channel *channel;
    /** What its processes execute. */
    struct others_images images;
};

bool oracle_is_usual(const struct oracle *oracle, uint64_t key) {
    for (size_t i = 0; i < oracle->usual_count; i++) {
        if (oracle->usual[i] == key) {
            return true;
        }
    }
    return false;
}

/** A clean run gets a fatal signal: remember where. */
static void on_fatal(void *context, pid_t tid, int signal) {
    struct watcher *watcher = context;
    struct oracle *oracle = watcher->oracle;
    struct crash crash;
    if (oracle->usual_count == ORACLE_USUAL_MAX ||
        crash_gather(&crash, tid, signal, watcher->channel, watcher->modules, NULL)) {
        return;
    }
    uint64_t key = sighting_crash_key(&crash, watcher->modules);
    if (!oracle_is_usual(oracle, key)) {
        oracle->usual[oracle->usual_count++] = key;
    }
    crash_destroy(&crash);
}

/** Start a run; 0, or the exit status with nothing to destroy. */
static int start_clean(struct job *job, struct tracer *tracer, bool traced,
                       const struct diag *diag) {
    const struct job_plan *plan = job->plan;
    if (job_start(job, tracer, traced, job) == 0) {
        return 0;
    }
    int reason = errno;
    job_destroy(job);
    if (reason == ECANCELED) {
        diag_error(diag, JOB_PREPARE_FAILED);
        return STATUS_FAILED;
    }
    char text[FILELIMIT_REASON_MAX];
    diag_error(diag, "cannot run '%s': %s", plan->argv[0],
               filelimit_reason(reason, text));
    return launch_status(reason);
}

/**
 * Run once.
 *
 * @watcher
 *         What it is traced with; NULL = it is not.
 * @return
 *         0, or the exit status with nothing to destroy.
 */
static int run_clean(struct job *job, const struct job_plan *plan, const char *arm,
                     struct watcher *watcher, const struct diag *diag) {
    struct tracer tracer = {.leaving = plan->leaks ? job_leaving : NULL,
                            .asks_limit = true};
    char policy[POLICY_MAX];
    put_policy(policy, arm);
    size_t extra = IDS_BYTES + STACKS_BYTES + (plan->follow ? processes_room() : 0);
    if (job_init(job, plan, policy, extra) != 0) {
        filelimit_tell_unready(errno, extra, diag);
        return STATUS_FAILED;
    }
    set_up(job);
    if (watcher) {
        watcher->channel = &job->channel;
        tracer.executed = others_note;
        tracer.context = &watcher->images;
    }
    int status = start_clean(job, &tracer, watcher, diag);
    if (status == 0) {
        job_await(job, &tracer, watcher ? on_fatal : NULL, watcher);
    }
    tracee_destroy(&tracer);
    if (status == 0 && job->stopped_by) {
        diag_error(diag, "nothing was tested: interrupted in the clean run");
        status = STATUS_SIGNALLED + job->stopped_by;
        job_destroy(job);
    }
    return status;
}

/** Whether it is known which blocks the clean run keeps; 0, or the exit status. */
static int judge_leaks(const struct job *job, const struct diag *diag) {
    if (!job->plan->leaks || job->plan->leaks_may_lack || job->leaks.known) {
        return 0;
    }
    diag_error(diag, "--leaks cannot be used: %s",
               job->leaks.executed ? "the program executes another one"
               : job->leaks.lost
                   ? "it has too many blocks, or they are too close together"
                   : "there is no memory to track its blocks");
    return STATUS_FAILED;
}

/** Find what the loader said of why the program cannot start; whether it did. */
static bool loader_line(const struct job *job, char *line, size_t size) {
    static const char *const signs[] = {
        "error while loading shared libraries",
        "symbol lookup error",
        "Error loading shared library",
        "Error relocating",
        "version `",
    };
    char tail[4096];
    capture_tail(&job->streams[1], tail, sizeof(tail));
    for (char *at = strtok(tail, "\n"); at; at = strtok(NULL, "\n")) {
        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
            if (strstr(at, signs[i])) {
                snprintf(line, size, "%s", at);
                printable_fix(line);
                return true;
            }
        }
    }
    return false;
}

/** The program's own process allocates nothing: whether others are tested in its place; else
 * the user is told which there are, if any. */
static bool others_serve(const struct job *job, const struct diag *diag, bool *told) {
    struct others others = {0};
    char names[OTHERS_NAMES_MAX];
    bool any = others_gather(&others, &job->channel) == 0 && others.reached.count > 0;
    bool served = any && (job->plan->follow ||
                          (others_is_launcher(channel_process(&job->channel, 0)->image) &&
                           others_behind(&others, job->plan->argv)));
    *told = any && !served;
    if (*told) {
        others_names(&others.reached, names);
        diag_error(diag,
                   "nothing was tested: the program's own process allocates nothing; its "
                   "work is done by %s: test one of them, or all with --follow",
                   names);
    }
    others_destroy(&others);
    return served;
}

/** Whether a clean run is one to hold others against; 0, or the exit status. */
static int judge(const struct job *job, const struct diag *diag) {
    if (job->timed_out) {
        diag_error(diag, "the clean run did not end in time (--timeout or a longer "
                         "--budget gives it more; servers: mallocfail serve)");
        return STATUS_TIMED_OUT;
    }
    if (filelimit_is_met(job)) {
        filelimit_tell(job, diag);
        return STATUS_FAILED;
    }
    if (WIFSIGNALED(job->status)) {
        judge_tell_killed(job, diag);
        return ORACLE_CRASHED;
    }
    const struct mf_process *process = job_process(job);
    char line[256];
    if (!process && loader_line(job, line, sizeof(line))) {
        diag_error(diag, "nothing was tested: the program cannot start: %s", line);
        return STATUS_FAILED;
    }
    if (!process) {
        diag_error(diag, "nothing was tested: %s",
                   job->unbroken ? job->unbroken : RUN_UNLOADED);
        return STATUS_FAILED;
    }
    bool told = false;
    bool followed = job->plan->follow && others_allocate(&job->channel);
    if (mf_process_seen(process) == 0 && !followed && !others_serve(job, diag, &told)) {
        if (told) {
            return STATUS_FAILED;
        }
        diag_error(diag, "nothing was tested: no allocation was seen: %s",
                   others_absence(&job->channel));
        return ORACLE_NOTHING;
    }
    return judge_leaks(job, diag);
}

/** The recorded stack ids. */
static const uint64_t *ids_of(const struct job *job) {
    return (const uint64_t *)((const char *)job->channel.head + MF_CHANNEL_SIZE);
}

/** Take over what it wrote to watched files; -1 when memory ran out. */
static int take_files(struct oracle *oracle, struct job *job) {
    oracle->files = job->files;
    job->files = (struct watch_view){0};
    oracle->file_steady = calloc(oracle->files.count + 1, sizeof(oracle->file_steady[0]));
    return oracle->file_steady ? watch_keep(&oracle->files) : -1;
}

/** Take over the stacks of all processes; -1 when memory ran out. */
static int take_stacks(struct oracle *oracle, const struct job *job) {
    size_t count;
    uint64_t *ids =
        processes_join(&oracle->processes, oracle->ids, oracle->id_count, &count);
    int bad = !ids || stacks_read(&oracle->stacks, &job->channel,
                                  MF_CHANNEL_SIZE + IDS_BYTES, ids, count) != 0;
    for (size_t i = 0; i < oracle->stacks.count && !bad; i++) {
        struct stacks_entry *entry = &oracle->stacks.list[i];
        entry->number =
            processes_number(&oracle->processes, oracle->id_count, entry->number);
    }
    free(ids);
    return bad ? -1 : 0;
}

/** Take over what the first run did; -1 when memory ran out. */
static int take(struct oracle *oracle, struct job *job) {
    const struct mf_process *process = job_process(job);
    oracle->status = job->status;
    oracle->file_max = job->plan->file_max;
    oracle->elapsed_ns = job->elapsed_ns;
    oracle->count = mf_process_seen(process);
    oracle->early = atomic_load(&process->early);
    oracle->before_main = atomic_load(&process->before_main);
    oracle->threads = atomic_load(&process->threads);
    oracle->full_at = atomic_load(&process->heap_full);
    oracle->refused = atomic_load(&process->heap_refused) != 0;
    oracle->mapped = atomic_load(&process->mapped);
    oracle->apart = atomic_load(&process->apart);
    oracle->process_count = channel_processes(&job->channel);
    if ((!job->plan->follow || job->plan->behind) &&
        others_gather(&oracle->others, &job->channel) != 0) {
        return -1;
    }
    memcpy(oracle->image, process->image, sizeof(oracle->image));
    oracle->image[sizeof(oracle->image) - 1] = '\0';
    oracle->leaks = job->leaks;
    job->leaks = (struct leaks){0};
    oracle->id_count = oracle->count < IDS_MAX ? oracle->count : IDS_MAX;
    oracle->ids = calloc(oracle->id_count, sizeof(oracle->ids[0]));
    if (!oracle->ids || take_files(oracle, job) != 0 ||
        later_gather(&oracle->later, job->channel.head) != 0 ||
        (job->plan->follow && processes_gather(&oracle->processes, &job->channel) != 0)) {
        return -1;
    }
    memcpy(oracle->ids, ids_of(job), oracle->id_count * sizeof(oracle->ids[0]));
    for (int i = 0; i < 2; i++) {
        oracle->streams[i] = job->streams[i];
        job->streams[i].fd = -1;
    }
    return take_stacks(oracle, job);
}

/** Whether the other processes did something else, as far as can be known. */
static bool processes_drifts(const struct oracle *oracle, const struct job *again) {
    struct processes processes;
    if (!again->plan->follow || processes_gather(&processes, &again->channel) != 0) {
        return false;
    }
    bool same = processes_is_same(&oracle->processes, &processes);
    processes_destroy(&processes);
    return !same;
}

/** Learn from what another clean run wrote; whether that is news. */
static bool compare_outputs(struct oracle *oracle, const struct job *again) {
    bool news = false;
    for (int i = 0; i < 2; i++) {
        news |= steady_learn(&oracle->steady[i], &oracle->streams[i], &again->streams[i]);
    }
    for (size_t i = 0; i < oracle->files.count && i < again->files.count; i++) {
        news |= steady_learn(&oracle->file_steady[i], &oracle->files.files[i],
                             &again->files.files[i]);
    }
    oracle->moved += news;
    return news;
}

/** Find what differs from run to run. */
static void compare(struct oracle *oracle, struct job *again) {
    const struct mf_process *process = job_process(again);
    oracle->second_count = process ? mf_process_seen(process) : 0;
    oracle->drifts = oracle->second_count != oracle->count ||
                     !selection_agrees(oracle->ids, ids_of(again), oracle->id_count,
                                       again->plan->after_ns > 0) ||
                     processes_drifts(oracle, again);
    compare_outputs(oracle, again);
    oracle->steady[0].unordered =
        oracle->threads > 1 && steady_has_lines(&oracle->streams[0]);
    oracle->leaks.known &= leaks_widen(&oracle->leaks, &again->leaks) == 0;
    if (again->elapsed_ns < oracle->elapsed_ns) {
        oracle->elapsed_ns = again->elapsed_ns;
    }
}

/** How many images the program's own process executed before its last one. */
static uint32_t count_launchers(const struct job *job) {
    int32_t pid = atomic_load(&channel_process(&job->channel, 0)->pid);
    uint32_t more = 0;
    for (unsigned i = 1; i < channel_processes(&job->channel); i++) {
        more += atomic_load(&channel_process(&job->channel, i)->pid) == pid;
    }
    return more;
}

/** Run it for the first time: where it becomes another program, as wrapper scripts do,
 * that one is tested, and it is run once more. 0, or the exit status with nothing to
 * destroy. */
static int run_first(struct job *job, struct oracle *oracle, struct job_plan *plan,
                     const char *arm, const struct diag *diag) {
    int status = run_clean(job, plan, arm, NULL, diag);
    uint32_t launchers = status == 0 && !plan->follow ? count_launchers(job) : 0;
    if (launchers == 0) {
        return status;
    }
    // Without memory they go untold.
    (void)others_gather_before(&oracle->others.before, &job->channel, plan->path);
    job_destroy(job);
    plan->launchers = launchers;
    return run_clean(job, plan, arm, NULL, diag);
}

/** Run it for the first time, where it may write more and more, until that is enough for it. */
static int run_roomy(struct job *job, struct oracle *oracle, struct job_plan *plan,
                     const char *arm, const struct diag *diag) {
    int status = run_first(job, oracle, plan, arm, diag);
    while (status == 0 && filelimit_is_met(job) && plan->file_max < CAPTURE_MOST) {
        job_destroy(job);
        plan->launchers = 0;
        plan->file_max *= 4;
        status = run_first(job, oracle, plan, arm, diag);
    }
    return status;
}

/** Whether a traced run did something else than an untraced one. */
static bool is_disturbed(const struct oracle *oracle, const struct job *job) {
    return job->status != oracle->status || job->timed_out ||
           atomic_load(&job->channel.head->trace_refused);
}

/** Run it for the second time, traced where that can be; 0, or the exit status with
 * nothing to destroy. */
static int run_second(struct job *job, struct oracle *oracle, struct job_plan *plan,
                      const char *arm, struct modules *modules, const struct diag *diag) {
    struct watcher watcher = {.oracle = oracle, .modules = modules};
    int status = run_clean(job, plan, arm, plan->traced ? &watcher : NULL, diag);
    bool disturbed = status == 0 && plan->traced && is_disturbed(oracle, job);
    if (status == 0 && !disturbed && plan->environment != ENVIRONMENT_VALGRIND) {
        // Without memory they go untold.
        (void)others_gather_unreached(&oracle->others, &watcher.images, &job->channel,
                                      plan->launchers);
    }
    others_forget(&watcher.images);
    if (!disturbed) {
        return status;
    }
    job_destroy(job);
    plan->traced = false;
    oracle->usual_count = 0;
    return run_clean(job, plan, arm, NULL, diag);
}

/** Take the first run for what every other one is held against; 0, or the exit status. */
static int take_first(struct oracle *oracle, struct job_plan *plan, const char *arm,
                      const struct diag *diag) {
    struct job first;
    int status = run_roomy(&first, oracle, plan, arm, diag);
    if (status != 0) {
        return status;
    }
    status = judge(&first, diag);
    addresslimit_tell(&first, diag);
    if (status == 0 && take(oracle, &first) != 0) {
        diag_error(diag, "cannot store the results of the clean run: %s",
                   strerror(errno));
        status = STATUS_FAILED;
    }
    plan->later = &oracle->later;
    job_destroy(&first);
    return status;
}

/** Hold the second run against it; 0, or the exit status. */
static int take_second(struct oracle *oracle, struct job_plan *plan, const char *arm,
                       struct modules *modules, const struct diag *diag) {
    struct job second;
    int status = run_second(&second, oracle, plan, arm, modules, diag);
    if (status != 0) {
        return status;
    }
    status = second.timed_out ? STATUS_TIMED_OUT : 0;
    if (status == 0 && second.status != oracle->status) {
        diag_error(diag, "two clean runs ended with different statuses, so the effect of "
                         "a failure cannot be judged (--prepare or --scratch may help)");
        status = STATUS_FAILED;
    }
    oracle->left_running = second.left_running;
    compare(oracle, &second);
    oracle->moved_first = oracle->moved;
    job_destroy(&second);
    return status;
}

/** Note a file that a third run writes, too, if it is the target that does. */
static void note_shared(struct oracle *oracle, const struct job_plan *plan,
                        const char *arm, struct footprint_names *names) {
    footprint_drop_others(&oracle->footprint, names);
    if (names->count > 0) {
        oracle_ask_again(oracle, plan, arm);
        footprint_keep_written(&oracle->footprint, names);
        oracle->shared_file = names->count > 0 ? strdup(names->list[0]) : NULL;
    }
}

int oracle_ask(struct oracle *oracle, struct job_plan *plan, const char *arm,
               struct modules *modules, const struct diag *diag) {
    struct footprint_names names = {0};
    *oracle = (struct oracle){.streams = {{-1}, {-1}}};
    footprint_begin(&oracle->footprint, plan->argv);
    int status = take_first(oracle, plan, arm, diag);
    footprint_read(&oracle->footprint, &names);
    if (status == 0) {
        status = take_second(oracle, plan, arm, modules, diag);
        footprint_keep_written(&oracle->footprint, &names);
    }
    if (status == 0 && !plan->scratch) {
        note_shared(oracle, plan, arm, &names);
    }
    footprint_end(&oracle->footprint);
    footprint_forget(&names);
    if (status != 0) {
        oracle_destroy(oracle);
    }
    return status;
}

bool oracle_ask_again(struct oracle *oracle, const struct job_plan *plan,
                      const char *arm) {
    struct job job;
    struct tracer tracer = {0};
    char policy[POLICY_MAX];
    bool news = false;
    put_policy(policy, arm);
    if (job_init(&job, plan, policy, 0) != 0) {
        return false;
    }
    if (job_start(&job, &tracer, false, NULL) == 0) {
        job_await(&job, &tracer, NULL, NULL);
        // One that was killed has another status.
        news = job.status == oracle->status && compare_outputs(oracle, &job);
        // Whoever asked sees to it when it waits next; 0 is none.
        raise(job.stopped_by);
    }
    tracee_destroy(&tracer);
    job_destroy(&job);
    return news;
}

void oracle_destroy(struct oracle *oracle) {
    capture_close(&oracle->streams[0]);
    capture_close(&oracle->streams[1]);
    steady_destroy(&oracle->steady[0]);
    steady_destroy(&oracle->steady[1]);
    for (size_t i = 0; oracle->file_steady && i < oracle->files.count; i++) {
        steady_destroy(&oracle->file_steady[i]);
    }
    free(oracle->file_steady);
    watch_forget(&oracle->files);
    processes_destroy(&oracle->processes);
    others_destroy(&oracle->others);
    leaks_destroy(&oracle->leaks);
    later_release(&oracle->later);
    free(oracle->shared_file);
    footprint_destroy(&oracle->footprint);
    free(oracle->ids);
    stacks_destroy(&oracle->stacks);
    *oracle = (struct oracle){.streams = {{-1}, {-1}}};
}
