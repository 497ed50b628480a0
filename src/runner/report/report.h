// SPDX-License-Identifier: MIT
/**
 * What there is to tell after a run: gathered once out of the channel, with every number
 * checked, then printed (report_text.h), or made a document that all formats are drawn
 * from (report_json.h).
 */
#ifndef MF_RUNNER_REPORT_REPORT_H
#define MF_RUNNER_REPORT_REPORT_H

#include "core/policy/policy.h"
#include "runner/diagnose/finding.h"
#include "runner/run/run.h"

/** A process of the target. */
struct report_process {
    int pid, parent;
    /** enum mf_stage */
    unsigned stage;
    char image[MF_IMAGE_MAX];
    /** Allocations since arming, those of them that rules could count, and those
     * before arming. */
    uint64_t seen, counted, early;
    uint64_t injections;
    unsigned threads;
    /** Whether the page allocator serves it. */
    bool by_pages;
    /** How many blocks that was to have when it first had no room for one more; 0 = it
     * always had. */
    uint64_t full_at;
    /** Whether the kernel refused it. */
    bool refused;
};

/** What became of a rule, over all processes. */
struct report_rule {
    uint64_t selected, taken;
};

/** An allocation that was made to fail. */
struct report_injection {
    /** The process's index; `process_count` or more where it has no slot. */
    unsigned process;
    int pid, tid;
    /** `rule` may be MF_RULE_PROGRAM or MF_RULE_CONTROL. */
    unsigned thread, rule;
    char function[MF_INJECTION_NAME_MAX];
    /** The error of a resource function; NULL where it is an allocation. Static. */
    const char *error;
    uint64_t number, size, time_ns, stack_id;
    char region[MF_REGION_MAX];
    struct frame *frames;
    unsigned frame_count;
};

struct report {
    /** Whose report it is; not owned, outlive it. */
    const struct run_options *options;
    struct run_result *result;
    const struct policyfile *policy;
    /** mallocfail's exit status. */
    int exit_status;
    /** Sums over all processes. */
    uint64_t seen, early, injected;
    /** How often the program itself asked for failures. */
    uint64_t asked;
    struct report_rule rules[MF_POLICY_RULES_MAX];
    struct report_process *processes;
    unsigned process_count;
    uint64_t processes_lost;
    struct report_injection *injections;
    size_t injection_count;
    uint64_t injections_lost;
    /** The run's table of modules, and names for places in them. */
    struct modules *modules;
    struct symbols *symbols;
    /** What broke, in order. */
    struct finding *findings;
    size_t finding_count;
    /** Where the first finding's reproducer was written; NULL = nowhere. */
    const char *reproducer;
    /** For formats that are read by people. */
    bool colour, verbose;
};

/**
 * Gather the facts of a run.
 *
 * @return
 *         0 on success, -1 when memory ran out, with nothing to destroy.
 */
int report_gather(struct report *report, const struct run_options *options,
                  struct run_result *result);

/**
 * Add a process's part to what the rules of a policy did while it held.
 *
 * @rules
 *         One per rule of the policy.
 * @tally
 *         The process's tally of that policy.
 */
void report_add_rules(struct report_rule *rules, const struct mf_policy *policy,
                      const struct mf_process *process, const struct mf_tally *tally);

/** Release a report. */
void report_destroy(struct report *report);

/** Whether calls were failed by breakpoints, for the program is static. */
bool report_has_breakpoints(const struct report *report);

#endif
