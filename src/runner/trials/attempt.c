// SPDX-License-Identifier: MIT
#include "runner/trials/attempt.h"

#include "runner/diagnose/death.h"
#include "runner/run/exitplace.h"
#include "runner/trials/sighting.h"
#include "runner/util/highfd.h"
#include "runner/util/scratch.h"
#include "runner/util/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** How a process of the target died that is not its first; 0 = none died by a crash. */
static int child_death(const struct run_result *result) {
    const struct mf_process *first = channel_process(&result->channel, 0);
    for (size_t i = 0; i < result->crash_count; i++) {
        const struct crash *crash = &result->crashes[i];
        if (crash->signal != 0 && crash->pid != atomic_load(&first->pid) &&
            crash->end >= 0 && WIFSIGNALED(crash->end)) {
            return crash->end;
        }
    }
    return 0;
}

/** How it ended; lasts as long as the attempt. */
static struct end end_of(struct attempt *attempt) {
    return (struct end){
        .status = attempt->result.wait_status,
        .timed_out = attempt->result.timed_out,
        .own_size = attempt->result.own_size,
        .child = attempt->follow ? child_death(&attempt->result) : 0,
        .streams = attempt->streams,
        .files = &attempt->files,
        .directory = attempt->directory,
        .leaks = &attempt->leaks,
    };
}

/** Run the target, traced; 0 on success, or the exit status. */
static int run_traced(struct attempt *attempt, const struct diag *diag) {
    const struct job_plan *plan = attempt->plan;
    int high =
        highfd_move(open(plan->input ? plan->input : "/dev/null", O_RDONLY | O_CLOEXEC));
    const int streams[3] = {high, attempt->streams[0].fd, attempt->streams[1].fd};
    int status = STATUS_FAILED;
    if (high >= 0) {
        attempt->options = (struct run_options){
            .policy = &attempt->loaded,
            .path = plan->path,
            .argv = plan->argv,
            .preload = plan->preload,
            .patches = plan->patches,
            .later = plan->later,
            .breakpoints = plan->breakpoints,
            .environment = plan->environment,
            .allocator = plan->allocator,
            .launchers = plan->launchers,
            .timeout_ns = attempt->timeout_ns,
            // valgrind lives with faults, and diagnoses what it runs.
            .trace = environment_is_traced(plan->environment),
            .leaks = plan->leaks,
            .left = plan->leaks ? &attempt->leaks : NULL,
            .alone = true,
            .trial = true,
            .surroundings = {streams, attempt->directory, plan->file_max},
            .signals = plan->signals,
        };
        status = run_target(&attempt->options, &attempt->result, diag);
        attempt->options.surroundings = (struct launch_surroundings){0};
        close(high);
    } else {
        diag_error(diag, "cannot read '%s': %s", plan->input ? plan->input : "/dev/null",
                   strerror(errno));
    }
    return status;
}

/** Whether it made allocations after the first failure. */
static bool went_on(const struct attempt *attempt) {
    const struct channel *channel = &attempt->result.channel;
    struct mf_injection first;
    uint64_t cursor = 0;
    return channel_processes(channel) > 0 &&
           mf_journal_next(channel->head, &cursor, &first) &&
           mf_process_seen(channel_process(channel, 0)) > first.number;
}

/** Judge the run by its end alone. */
static void judge(struct attempt *attempt) {
    const struct end end = end_of(attempt);
    if (!attempt->oracle) {
        attempt->judgement.outcome = judge_alone(&end);
        return;
    }
    attempt->judgement = judge_end(&end, attempt->oracle);
    if (attempt->check) {
        judge_by_command(&attempt->judgement, &end, attempt->result.channel.head,
                         attempt->check, attempt->plan->signals);
    }
    judge_by_demands(&attempt->judgement, &end, &attempt->demands, went_on(attempt));
}

/** Make its surroundings; 0 on success, -1 with errno. */
static int prepare(struct attempt *attempt) {
    if (attempt->plan->scratch && !(attempt->directory = scratch_new())) {
        return -1;
    }
    return capture_open(&attempt->streams[0]) == 0 &&
                   capture_open(&attempt->streams[1]) == 0 &&
                   job_prepare(attempt->plan, attempt->directory) == 0
               ? 0
               : -1;
}

/** Release all but the result. */
static void clean_up(struct attempt *attempt) {
    capture_close(&attempt->streams[0]);
    capture_close(&attempt->streams[1]);
    watch_forget(&attempt->files);
    leaks_destroy(&attempt->leaks);
    scratch_free(attempt->directory);
    attempt->directory = NULL;
    policyfile_destroy(&attempt->loaded);
}

int attempt_run(struct attempt *attempt, const struct diag *diag) {
    attempt->streams[0].fd = attempt->streams[1].fd = -1;
    if (policyfile_load(&attempt->loaded, attempt->policy, diag) != 0) {
        return STATUS_FAILED;
    }
    int status = STATUS_FAILED;
    if (prepare(attempt) != 0) {
        diag_error(diag, "cannot start a run: %s",
                   errno == ECANCELED ? JOB_PREPARE_FAILED : strerror(errno));
    } else {
        status = run_traced(attempt, diag);
    }
    if (status != 0) {
        clean_up(attempt);
        return status;
    }
    // Without memory none of them is compared.
    (void)watch_look(attempt->plan->watch, attempt->directory, &attempt->files);
    (void)leaks_gather(&attempt->leaks, &attempt->result.channel,
                       &attempt->plan->wrappers);
    exitplace_mark(&attempt->leaks, &attempt->result.channel);
    judge(attempt);
    return 0;
}

void attempt_destroy(struct attempt *attempt) {
    run_result_destroy(&attempt->result);
    clean_up(attempt);
}

/** Enter a crash's frames into the table that all defects share. */
static void move_stack(struct raw_stack *stack, const struct modules *from,
                       struct modules *to) {
    uint32_t last = MODULE_NONE, moved = MODULE_NONE;
    for (size_t i = 0; i < stack->count; i++) {
        uint32_t module = stack->frames[i].module;
        if (module != last) {
            last = module;
            moved = module < from->count ? modules_add(to, &from->entries[module])
                                         : MODULE_NONE;
        }
        stack->frames[i].module = moved;
    }
}

/** The same of who allocated or freed a block. */
static void move_trace(struct heap_trace *trace, const struct modules *from,
                       struct modules *to) {
    struct raw_stack stack = {.frames = trace->frames, .count = trace->count};
    move_stack(&stack, from, to);
}

/** Take a crash out of a result, those behind it moving up; whether there is one. */
static bool take_crash(struct run_result *result, size_t at, struct crash *crash) {
    if (at >= result->crash_count) {
        return false;
    }
    *crash = result->crashes[at];
    result->crash_count--;
    memmove(&result->crashes[at], &result->crashes[at + 1],
            (result->crash_count - at) * sizeof(*crash));
    return true;
}

/** The crash that ended a process badly; crash_count if there is none. */
static size_t find_death(const struct run_result *result) {
    size_t at = 0;
    while (at < result->crash_count &&
           !death_is_by(result->crashes, result->crash_count, at)) {
        at++;
    }
    return at;
}

/** Move all places of a crash into the table that all defects share. */
static void move_crash(struct crash *crash, const struct modules *from,
                       struct modules *to) {
    move_stack(&crash->stack, from, to);
    move_stack(&crash->loop_code, from, to);
    move_trace(&crash->heap.allocation, from, to);
    move_trace(&crash->heap.release, from, to);
    for (size_t i = 0; i < crash->thread_count; i++) {
        move_stack(&crash->threads[i].stack, from, to);
    }
}

/** Whether there is a defect without a crash that was looked at. */
static bool tells_by_end(const struct attempt *attempt, enum outcome seen) {
    bool deadly = seen == OUTCOME_CRASHED || seen == OUTCOME_ABORTED;
    bool signalled = WIFSIGNALED(attempt->result.wait_status);
    return seen == OUTCOME_SILENT || seen == OUTCOME_HUNG || seen == OUTCOME_LEAKED ||
           (deadly && (signalled || seen == OUTCOME_CRASHED));
}

/** Whether all fails from a point on, as in a trial; see trial_policy(). */
static bool is_persistent(const struct mf_policy *policy) {
    const struct mf_rule *last =
        policy->rule_count > 0 ? &policy->rules[policy->rule_count - 1] : NULL;
    return last && (last->trigger == MF_FROM ||
                    (last->trigger == MF_ALWAYS && last->after_failures > 0));
}

/** The defect that a crash is, which is taken over; that the end is where it is NULL. */
static struct defect *make_defect(struct attempt *attempt, struct crash *crash,
                                  struct defects *defects) {
    const struct run_result *result = &attempt->result;
    if (crash) {
        move_crash(crash, &result->modules, &defects->modules);
    }
    const struct end end = end_of(attempt);
    const struct sighting_source source = {
        .channel = &result->channel,
        .modules = &defects->modules,
        .oracle = attempt->oracle,
        .watch = attempt->plan->watch,
        .end = &end,
        .judgement = attempt->judgement,
        .persistent = is_persistent(attempt->loaded.policy),
        .crash = crash,
    };
    struct sighting sighting;
    if (sighting_take(&sighting, &source) != 0) {
        return NULL;
    }
    struct defect *defect = sighting_name(&sighting, defects);
    sighting_destroy(&sighting);
    return defect;
}

struct defect *attempt_defect(struct attempt *attempt, struct defects *defects) {
    struct crash crash;
    if (take_crash(&attempt->result, find_death(&attempt->result), &crash)) {
        return make_defect(attempt, &crash, defects);
    }
    return tells_by_end(attempt, attempt->judgement.outcome)
               ? make_defect(attempt, NULL, defects)
               : NULL;
}

struct defect *attempt_next_stop(struct attempt *attempt, struct defects *defects) {
    struct crash crash;
    return take_crash(&attempt->result, 0, &crash) ? make_defect(attempt, &crash, defects)
                                                   : NULL;
}
