// SPDX-License-Identifier: MIT
#include "runner/trials/attempt.h"

#include "runner/diagnose/death.h"
#include "runner/trials/difference.h"
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

/** How much of the output is kept. */
#define OUTPUT_MAX ((size_t)64 << 10)

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

struct end attempt_end(struct attempt *attempt) {
    return (struct end){
        .status = attempt->result.wait_status,
        .timed_out = attempt->result.timed_out,
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
            .environment = plan->environment,
            .allocator = plan->allocator,
            .launchers = plan->launchers,
            .timeout_ns = attempt->timeout_ns,
            // valgrind lives with faults, and diagnoses what it runs.
            .trace = plan->environment != ENVIRONMENT_VALGRIND,
            .leaks = plan->leaks,
            .alone = true,
            .surroundings = {streams, attempt->directory, CAPTURE_MAX},
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

/** Judge the run by its end alone. */
static void judge(struct attempt *attempt) {
    const struct end end = attempt_end(attempt);
    if (!attempt->oracle) {
        return;
    }
    attempt->judgement = judge_end(&end, attempt->oracle);
    if (attempt->check) {
        attempt->judgement.outcome = judge_by_command(
            &end, attempt->judgement.outcome, attempt->check, attempt->plan->signals);
    }
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
                   errno == ECANCELED ? "what --prepare names has failed"
                                      : strerror(errno));
    } else {
        status = run_traced(attempt, diag);
    }
    if (status != 0) {
        clean_up(attempt);
        return status;
    }
    // Without memory none of them is compared.
    (void)watch_look(attempt->plan->watch, attempt->directory, &attempt->files);
    (void)leaks_gather(&attempt->leaks, &attempt->result.channel);
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

/** Take the crash that ended a process badly out of a result; whether there is one. */
static bool take_crash(struct run_result *result, struct crash *crash) {
    for (size_t i = 0; i < result->crash_count; i++) {
        if (death_is_by(result->crashes, result->crash_count, i)) {
            *crash = result->crashes[i];
            result->crashes[i] = result->crashes[--result->crash_count];
            return true;
        }
    }
    return false;
}

/** Keep the last of what the run wrote. */
static void keep_output(struct defect *defect, const struct attempt *attempt) {
    for (int i = 0; i < 2; i++) {
        defect->outputs[i] = malloc(OUTPUT_MAX);
        if (defect->outputs[i]) {
            defect->lengths[i] =
                capture_tail(&attempt->streams[i], defect->outputs[i], OUTPUT_MAX);
        }
    }
}

/** What there is to know of a run that ended by itself: no crash. */
static void note_end(struct crash *crash, const struct attempt *attempt) {
    const struct run_result *result = &attempt->result;
    const struct mf_process *process = channel_process(&result->channel, 0);
    crash->pid = process ? atomic_load(&process->pid) : 0;
    crash->tid = crash->pid;
    crash->journal_used = UINT64_MAX;
    crash->end = result->wait_status;
    memcpy(crash->image, attempt->oracle->image, MF_IMAGE_MAX);
}

/** Move all frames of a crash into the table that all defects share. */
static void move_crash(struct crash *crash, const struct modules *from,
                       struct modules *to) {
    move_stack(&crash->stack, from, to);
    move_trace(&crash->heap.allocation, from, to);
    move_trace(&crash->heap.release, from, to);
    for (size_t i = 0; i < crash->thread_count; i++) {
        move_stack(&crash->threads[i].stack, from, to);
    }
}

static bool is_deadly(enum outcome outcome) {
    return outcome == OUTCOME_CRASHED || outcome == OUTCOME_ABORTED;
}

/** What a run did wrong of which no crash was seen, in words. */
static void put_wrong(char *text, size_t size,
                      const struct finding_difference *difference, enum outcome outcome,
                      int status) {
    char name[32];
    if (is_deadly(outcome)) {
        snprintf(text, size, "it is killed by %s; not traced, it does not show where",
                 signals_name(WTERMSIG(status), name));
    } else if (outcome == OUTCOME_LEAKED) {
        snprintf(text, size, "it ends with blocks that a clean run frees");
    } else if (outcome == OUTCOME_HUNG) {
        snprintf(text, size, "it writes without end");
    } else {
        snprintf(text, size, "%s is another than a good run's, and no message tells",
                 difference->where[0] ? difference->where : "the output");
    }
}

/** Say which blocks were left; 0 on success. */
static int add_leaks(struct finding *finding, const struct finding_context *context,
                     const struct leaks *leaks) {
    int bad = 0;
    finding->leaked_blocks = leaks_blocks(leaks);
    finding->leaked_bytes = leaks_bytes(leaks);
    for (size_t i = 0; !bad && i < leaks->count; i++) {
        const struct leak *leak = &leaks->list[i];
        const struct finding_leak amount = {.blocks = leak->blocks, .bytes = leak->bytes};
        bad =
            finding_add_leak(finding, context, &amount, leak->frames, leak->frame_count);
    }
    return bad;
}

/** Say more where there is no crash to tell it; 0 on success. */
static int describe(struct attempt *attempt, struct finding *finding,
                    const struct finding_context *context, enum outcome seen) {
    const struct end end = attempt_end(attempt);
    char text[200];
    if (seen == OUTCOME_SILENT) {
        difference_find(&finding->difference, &end, attempt->oracle,
                        attempt->plan->watch);
    }
    if (seen == OUTCOME_LEAKED && add_leaks(finding, context, &attempt->leaks) != 0) {
        return -1;
    }
    if (attempt->result.timed_out) {
        return 0;
    }
    put_wrong(text, sizeof(text), &finding->difference, seen, end.status);
    return finding_judge_end(finding, context, seen, text);
}

/** Whether there is a defect without a crash that was looked at. */
static bool tells_by_end(const struct attempt *attempt, enum outcome seen) {
    return seen == OUTCOME_SILENT || seen == OUTCOME_HUNG || seen == OUTCOME_LEAKED ||
           (is_deadly(seen) && attempt->result.untraced &&
            WIFSIGNALED(attempt->result.wait_status));
}

struct defect *attempt_defect(struct attempt *attempt, struct defects *defects) {
    struct run_result *result = &attempt->result;
    struct defect *defect = calloc(1, sizeof(*defect));
    bool crashed = defect && take_crash(result, &defect->crash);
    enum outcome seen = crashed ? OUTCOME_CRASHED : attempt->judgement.outcome;
    if (!defect || !(crashed || tells_by_end(attempt, seen))) {
        free(defect);
        return NULL;
    }
    char tail[4096];
    capture_tail(&attempt->streams[1], tail, sizeof(tail));
    const struct finding_context context = {
        .head = result->channel.head,
        .modules = &defects->modules,
        .symbols = defects->symbols,
        .last_words = tail,
    };
    if (!crashed) {
        note_end(&defect->crash, attempt);
    }
    move_crash(&defect->crash, &result->modules, &defects->modules);
    if (finding_make(&defect->finding, &context, &defect->crash) != 0 ||
        (!crashed && describe(attempt, &defect->finding, &context, seen) != 0)) {
        defect_free(defect);
        return NULL;
    }
    if (!crashed && is_deadly(seen)) {
        // Last, lest it be judged by facts that are not there.
        defect->crash.signal = WTERMSIG(result->wait_status);
    }
    if (crashed && attempt->judgement.runaway) {
        defect->finding.verdict.class = CLASS_SPINNING;
    }
    keep_output(defect, attempt);
    return defect;
}
