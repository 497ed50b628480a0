// SPDX-License-Identifier: MIT
// Trials are grouped by what they showed and by the stack of their failure; one of each
// group is run again under ptrace, in the same surroundings. What it dies of is the
// truth: a trial could only see the signal.
#include "runner/confirm.h"

#include "core/mix.h"
#include "runner/clock.h"
#include "runner/run.h"
#include "runner/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Aborts by design are many: so many groups of them are looked at. */
#define ABORTS_MAX 24
/** And hangs each take their time-out: so many. */
#define HANGS_MAX 12
/** And so many groups that can have lost a process of theirs. */
#define MASKED_MAX 200
/** Confirming goes on for so long at least, or twice as long as trying took. */
#define TIME_MIN (20 * CLOCK_SECOND)
/** What a crash may take under ptrace, its failures written down: deep recursions are
 * slow. */
#define CRASH_TIME (10 * CLOCK_SECOND)
/** What a hang is given, and some of the clean run's time. */
#define HANG_TIME (300 * CLOCK_MILLISECOND)
/** How often a trial is run again until it is called flaky; where numbers move, too. */
#define TRIES       2
#define TRIES_MOVED 5
/** How much of the output is kept. */
#define OUTPUT_MAX ((size_t)64 << 10)
/** Above the standard streams' numbers. */
#define FD_LOW 100

/** One traced run. */
struct attempt {
    struct campaign *campaign;
    struct defects *defects;
    const struct trial *trial;
    struct capture streams[2];
    struct watch_view files;
    struct run_result result;
};

static bool wants_confirmation(const struct trial *trial) {
    return trial->state == TRIAL_DONE && !trial->confirmed && !trial->flaky &&
           (outcome_is_defect(trial->outcome) || trial->outcome == OUTCOME_ABORTED);
}

/** Whether a process that the target started may have crashed, which the target, like a
 * shell, did not die of: only a traced run can tell. Nothing in place starts any. */
static bool may_be_masked(const struct campaign *campaign, const struct trial *trial) {
    return trial->state == TRIAL_DONE && !trial->confirmed && !trial->flaky &&
           !trial->in_place && trial->failed > 0 && campaign->oracle.processes > 1 &&
           (trial->outcome == OUTCOME_TOLERATED || trial->outcome == OUTCOME_HANDLED);
}

static bool is_same_group(const struct trial *a, const struct trial *b) {
    return a->outcome == b->outcome && a->mode == b->mode && a->stack_id == b->stack_id &&
           (a->stack_id != 0 || a->point.number == b->point.number);
}

/** Enter a crash's places into the table that all defects share. */
static void move_places(struct unwind_stack *stack, const struct modules *from,
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

/** Take the crash that ended a process badly out of a result; whether there is one. */
static bool take_crash(struct run_result *result, struct crash *crash) {
    for (size_t i = 0; i < result->crash_count; i++) {
        if (finding_counts(result->crashes, result->crash_count, i)) {
            *crash = result->crashes[i];
            result->crashes[i] = result->crashes[--result->crash_count];
            return true;
        }
    }
    return false;
}

/** How long a trial's confirmation may take. */
static uint64_t time_for(const struct attempt *attempt) {
    const struct campaign *campaign = attempt->campaign;
    uint64_t usual = campaign->plan.timeout_ns;
    if (attempt->trial->outcome == OUTCOME_HUNG) {
        uint64_t enough = HANG_TIME + 10 * campaign->oracle.elapsed_ns;
        return enough < usual ? enough : usual;
    }
    return usual > CRASH_TIME ? usual : CRASH_TIME;
}

/** Run the target, traced; 0 on success. */
static int run_traced(struct attempt *attempt, const char *directory) {
    const struct campaign *campaign = attempt->campaign;
    const struct job_plan *plan = &campaign->plan;
    const struct trial_terms terms = campaign_terms(campaign);
    char text[TRIAL_POLICY_MAX];
    struct policyfile policy;
    trial_policy(attempt->trial, &terms, text);
    int input = open(plan->input ? plan->input : "/dev/null", O_RDONLY | O_CLOEXEC);
    int high = input < 0 ? -1 : fcntl(input, F_DUPFD_CLOEXEC, FD_LOW);
    const int streams[3] = {high, attempt->streams[0].fd, attempt->streams[1].fd};
    int status = -1;
    if (high >= 0 && policyfile_load(&policy, text, campaign->diag) == 0) {
        const struct run_options options = {
            .policy = &policy,
            .path = plan->path,
            .argv = plan->argv,
            .preload = plan->preload,
            .environment = plan->environment,
            .timeout_ns = time_for(attempt),
            .trace = plan->environment != ENVIRONMENT_VALGRIND,
            .place = {streams, directory, CAPTURE_MAX},
            .signals = &campaign->signals,
        };
        status = run_target(&options, &attempt->result, campaign->diag);
        policyfile_destroy(&policy);
    }
    if (high >= 0) {
        close(high);
    }
    if (input >= 0) {
        close(input);
    }
    return status;
}

/** Judge the run by its end alone. */
static struct judgement judge(const struct attempt *attempt) {
    const struct campaign *campaign = attempt->campaign;
    const struct end end = {
        .status = attempt->result.wait_status,
        .timed_out = attempt->result.timed_out,
        .streams = attempt->streams,
        .files = &attempt->files,
    };
    struct judgement judgement = judge_end(&end, &campaign->oracle);
    if (campaign->options->check) {
        judgement.outcome = judge_by_command(
            &end, judgement.outcome, campaign->options->check, &campaign->signals);
    }
    return judgement;
}

/** Tell what a run did wrong that ended by itself, as there is no crash to tell it. */
static void describe_end(struct finding *finding, enum outcome outcome) {
    struct outcome_verdict *verdict = &finding->verdict;
    const struct finding_stack *stack = &finding->injection_stack;
    size_t at = verdict->injection_site < stack->count ? verdict->injection_site : 0;
    const struct symbol *symbol = stack->count ? stack->frames[at].symbol : NULL;
    const char *function = symbol && symbol->short_name ? symbol->short_name : "?";
    bool silent = outcome == OUTCOME_SILENT;
    verdict->outcome = outcome;
    verdict->class = silent ? CLASS_NONE : CLASS_SPINNING;
    verdict->detail[0] = '\0';
    snprintf(verdict->culprit, sizeof(verdict->culprit),
             "%s gets no memory from %s(%" PRIu64 "); %s", function,
             mf_function_name(finding->injection.function), finding->injection.size,
             silent ? "the output is another, the exit status and the messages are those "
                      "of a good run"
                    : "it writes without end");
    finding->signature =
        mf_mix(mf_mix(finding->injection.stack_id + MF_MIX_STEP) ^ outcome);
}

/** What an attempt showed, as a defect; NULL where it was nothing, or memory ran out. */
static struct defect *make_defect(struct attempt *attempt) {
    struct run_result *result = &attempt->result;
    struct defects *defects = attempt->defects;
    struct defect *defect = calloc(1, sizeof(*defect));
    bool crashed = defect && take_crash(result, &defect->crash);
    const struct judgement judgement = judge(attempt);
    enum outcome seen = crashed ? OUTCOME_CRASHED : judgement.outcome;
    if (!defect || (!crashed && seen != OUTCOME_SILENT && seen != OUTCOME_HUNG)) {
        free(defect);
        return NULL;
    }
    char tail[4096];
    capture_tail(&attempt->streams[1], tail, sizeof(tail));
    const struct finding_source source = {
        .channel = &result->channel,
        .modules = &defects->modules,
        .symbols = defects->symbols,
        .last_words = tail,
    };
    if (!crashed) {
        const struct mf_process *process = channel_process(&result->channel, 0);
        defect->crash.pid = atomic_load(&process->pid);
        defect->crash.tid = defect->crash.pid;
        defect->crash.journal_used = UINT64_MAX;
        defect->crash.end = result->wait_status;
        memcpy(defect->crash.image, attempt->campaign->oracle.image, MF_IMAGE_MAX);
    }
    move_places(&defect->crash.stack, &result->modules, &defects->modules);
    for (size_t i = 0; i < defect->crash.thread_count; i++) {
        move_places(&defect->crash.threads[i].stack, &result->modules, &defects->modules);
    }
    if (finding_make(&defect->finding, &source, &defect->crash) != 0) {
        defect_free(defect);
        return NULL;
    }
    if (!crashed && !result->timed_out) {
        describe_end(&defect->finding, seen);
    } else if (judgement.runaway) {
        defect->finding.verdict.class = CLASS_SPINNING;
    }
    return defect;
}

/** Whether a traced run showed what the trial had shown. */
static bool agrees(const struct trial *trial, const struct defect *defect) {
    enum outcome seen = defect->finding.verdict.outcome;
    // By a signal alone libc's abort and the program's cannot always be told apart.
    // A deep recursion can take so long that it looks like a hang.
    bool deadly = seen == OUTCOME_CRASHED || seen == OUTCOME_ABORTED ||
                  defect->finding.verdict.class == CLASS_STACK_OVERFLOW;
    bool masked = seen == OUTCOME_CRASHED && (trial->outcome == OUTCOME_TOLERATED ||
                                              trial->outcome == OUTCOME_HANDLED);
    return seen == trial->outcome || masked ||
           (deadly &&
            (trial->outcome == OUTCOME_CRASHED || trial->outcome == OUTCOME_ABORTED)) ||
           (trial->outcome == OUTCOME_HUNG && trial->spinning);
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

/** Run a trial once more; what it showed, or NULL. */
static struct defect *try_again(struct campaign *campaign, struct defects *defects,
                                const struct trial *trial) {
    struct attempt attempt = {
        .campaign = campaign,
        .defects = defects,
        .trial = trial,
        .streams = {{-1}, {-1}},
    };
    struct defect *defect = NULL;
    char *directory = campaign->options->scratch ? scratch_new() : NULL;
    if (capture_open(&attempt.streams[0]) == 0 &&
        capture_open(&attempt.streams[1]) == 0 &&
        job_prepare(&campaign->plan, directory) == 0 &&
        run_traced(&attempt, directory) == 0) {
        (void)watch_look(campaign->plan.watch, directory, &attempt.files);
        campaign_signal(campaign, attempt.result.passed_on);
        defect = attempt.result.passed_on ? NULL : make_defect(&attempt);
        if (defect && !agrees(trial, defect)) {
            defect_free(defect);
            defect = NULL;
        }
        if (defect) {
            keep_output(defect, &attempt);
        }
        run_result_destroy(&attempt.result);
    }
    capture_close(&attempt.streams[0]);
    capture_close(&attempt.streams[1]);
    watch_forget(&attempt.files);
    scratch_free(directory);
    return defect;
}

/** Give a group's trials the outcome that the confirmation showed; how many there are. */
static size_t mark_group(struct campaign *campaign, const struct trial *first,
                         const struct defect *defect) {
    const struct trial like = *first;
    bool masked = may_be_masked(campaign, first);
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        bool wanted = masked ? may_be_masked(campaign, trial) : wants_confirmation(trial);
        if (wanted && is_same_group(trial, &like)) {
            trial->confirmed = masked || defect;
            trial->flaky = !trial->confirmed;
            trial->outcome = defect   ? defect->finding.verdict.outcome
                             : masked ? trial->outcome
                                      : OUTCOME_FLAKY;
            count++;
        }
    }
    return count;
}

/** Confirm one group; 0 on success. */
static int confirm_group(struct campaign *campaign, struct defects *defects,
                         const struct trial *trial) {
    struct defect *defect = NULL;
    int stopped_by = campaign->stopped_by;
    int tries = may_be_masked(campaign, trial)      ? 1
                : campaign_terms(campaign).by_stack ? TRIES_MOVED
                                                    : TRIES;
    campaign->stopped_by = 0;
    for (int i = 0; i < tries && !defect && !campaign->stopped_by; i++) {
        defect = try_again(campaign, defects, trial);
    }
    if (campaign->stopped_by) {
        defect_free(defect);
        return -1;
    }
    campaign->stopped_by = stopped_by;
    size_t count = mark_group(campaign, trial, defect);
    if (!defect) {
        return 0;
    }
    defect->trial = trial;
    defect->cause = defects_cause(defects, &defect->finding);
    defect = defects_add(defects, defect);
    if (!defect) {
        diag_no_memory(campaign->diag);
        return -1;
    }
    defect->trials += count;
    return 0;
}

int confirm_trials(struct campaign *campaign, struct defects *defects) {
    int aborts = 0, hangs = 0, masked = 0;
    uint64_t now = clock_now();
    uint64_t time = 2 * (now - campaign->started_ns);
    uint64_t until = now + (time > TIME_MIN ? time : TIME_MIN);
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        bool abort = trial->outcome == OUTCOME_ABORTED;
        bool hang = trial->outcome == OUTCOME_HUNG;
        bool maybe = may_be_masked(campaign, trial);
        if (!(wants_confirmation(trial) || maybe) || (abort && aborts >= ABORTS_MAX) ||
            (hang && hangs >= HANGS_MAX) || (maybe && masked >= MASKED_MAX) ||
            clock_now() >= until) {
            continue;
        }
        aborts += abort;
        hangs += hang;
        masked += maybe;
        if (confirm_group(campaign, defects, trial) != 0) {
            return -1;
        }
    }
    defects_sort(defects);
    return 0;
}
