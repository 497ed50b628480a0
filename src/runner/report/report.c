// SPDX-License-Identifier: MIT
#include "runner/report/report.h"

#include "core/channel/journal.h"
#include "core/policy/plan.h"
#include "runner/diagnose/death.h"
#include "runner/util/diag.h"
#include "runner/util/printable.h"

#include <stdlib.h>
#include <string.h>

/** Memory for some things, one if there are none. */
static void *room_for(size_t count, size_t size) {
    return calloc(count ? count : 1, size);
}

static void gather_process(struct report_process *to, const struct mf_process *from) {
    to->pid = atomic_load(&from->pid);
    to->parent = from->parent;
    to->stage = atomic_load(&from->stage);
    memcpy(to->image, from->image, sizeof(to->image));
    to->image[sizeof(to->image) - 1] = '\0';
    printable_fix(to->image);
    to->seen = mf_process_seen(from);
    to->counted = mf_process_counted(from);
    to->early = atomic_load(&from->early);
    to->by_pages = from->heap != 0;
    to->full_at = atomic_load(&from->heap_full);
    to->refused = atomic_load(&from->heap_refused) != 0;
    to->injections = atomic_load(&from->injections);
    to->threads = atomic_load(&from->threads);
}

void report_add_rules(struct report_rule *rules, const struct mf_policy *policy,
                      const struct mf_process *process, const struct mf_tally *tally) {
    char image[MF_IMAGE_MAX];
    memcpy(image, process->image, sizeof(image));
    image[sizeof(image) - 1] = '\0';
    struct mf_plan plan;
    mf_plan_make(&plan, policy, image, process->image_index);
    // Where all rules select the same calls a process counts no selections: each rule is
    // asked for all the calls that those in front of it did not take.
    uint64_t left = mf_tally_counted(process, tally);
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (!(plan.rules & (UINT64_C(1) << i))) {
            continue;
        }
        uint64_t taken = atomic_load(&tally->rules[i].taken);
        rules[i].taken += taken;
        rules[i].selected += plan.uniform || plan.by_thread
                                 ? left
                                 : atomic_load(&tally->rules[i].selected);
        left -= taken < left ? taken : left;
    }
}

static int gather_processes(struct report *report, const struct channel *channel) {
    unsigned count = channel_processes(channel);
    report->processes = room_for(count, sizeof(report->processes[0]));
    if (!report->processes) {
        return -1;
    }
    report->process_count = count;
    report->processes_lost = atomic_load(&channel->head->processes_lost);
    for (unsigned i = 0; i < count; i++) {
        struct report_process *process = &report->processes[i];
        const struct mf_process *slot = channel_process(channel, i);
        gather_process(process, slot);
        report_add_rules(report->rules, report->policy->policy, slot, &slot->tallies[0]);
        report->seen += process->seen;
        report->early += process->early;
        report->injected += process->injections;
        report->asked += atomic_load(&slot->asked);
    }
    return 0;
}

static int gather_injection(struct report *report, const struct channel *channel,
                            struct report_injection *to,
                            const struct mf_injection *from) {
    *to = (struct report_injection){
        .process = from->process,
        .pid = from->pid,
        .tid = from->tid,
        .thread = from->thread,
        .rule = from->rule,
        .number = from->number,
        .size = from->size,
        .error = mf_injection_error(from),
        .time_ns = from->time_ns,
        .stack_id = from->stack_id,
    };
    snprintf(to->function, sizeof(to->function), "%s", mf_injection_function(from));
    printable_fix(to->function);
    memcpy(to->region, from->region, sizeof(to->region));
    to->region[sizeof(to->region) - 1] = '\0';
    printable_fix(to->region);
    to->frames = room_for(from->frame_count, sizeof(to->frames[0]));
    if (!to->frames) {
        return -1;
    }
    to->frame_count = from->frame_count;
    for (unsigned i = 0; i < from->frame_count; i++) {
        to->frames[i] = modules_enter(report->modules, channel->head, &from->frames[i]);
    }
    return 0;
}

static int gather_injections(struct report *report, const struct channel *channel) {
    uint64_t used = atomic_load(&channel->head->journal_used);
    size_t room = used < MF_JOURNAL_MAX ? used : MF_JOURNAL_MAX;
    report->injections = room_for(room, sizeof(report->injections[0]));
    if (!report->injections) {
        return -1;
    }
    report->injections_lost = mf_journal_lost(channel->head);
    uint64_t cursor = 0;
    struct mf_injection entry;
    while (report->injection_count < room &&
           mf_journal_next(channel->head, &cursor, &entry)) {
        size_t at = report->injection_count++;
        if (gather_injection(report, channel, &report->injections[at], &entry) != 0) {
            return -1;
        }
    }
    return 0;
}

/** The crashes that were the end of a process. */
static int gather_findings(struct report *report, const struct run_result *result) {
    report->findings = room_for(result->crash_count, sizeof(report->findings[0]));
    if (!report->findings) {
        return -1;
    }
    for (size_t i = 0; i < result->crash_count; i++) {
        struct finding *finding = &report->findings[report->finding_count];
        if (!death_is_by(result->crashes, result->crash_count, i)) {
            continue;
        }
        const struct cause cause = cause_find(result->channel.head, &result->crashes[i],
                                              CAUSE_LAST, report->modules);
        const struct finding_context context = {
            .cause = &cause,
            .allocator = result->channel.head->allocator - 1,
            .own = report->options->patches,
            .modules = report->modules,
            .symbols = report->symbols,
        };
        if (finding_make(finding, &context, &result->crashes[i]) != 0) {
            return -1;
        }
        report->finding_count++;
    }
    return 0;
}

int report_gather(struct report *report, const struct run_options *options,
                  struct run_result *result) {
    *report = (struct report){
        .options = options,
        .result = result,
        .policy = options->policy,
        .modules = &result->modules,
        .symbols = symbols_new(&result->modules),
    };
    if (!report->symbols || gather_processes(report, &result->channel) != 0 ||
        gather_injections(report, &result->channel) != 0 ||
        gather_findings(report, result) != 0) {
        report_destroy(report);
        return -1;
    }
    return 0;
}

void report_destroy(struct report *report) {
    for (size_t i = 0; i < report->injection_count; i++) {
        free(report->injections[i].frames);
    }
    for (size_t i = 0; i < report->finding_count; i++) {
        finding_destroy(&report->findings[i]);
    }
    symbols_free(report->symbols);
    free(report->findings);
    free(report->injections);
    free(report->processes);
    *report = (struct report){0};
}

bool report_has_breakpoints(const struct report *report) {
    const struct breakpoint_plan *plan = report->options->breakpoints;
    return plan && plan->patches;
}
