// SPDX-License-Identifier: MIT
/**
 * The report of a run: its data is read once from the channel, with every number checked, then
 * printed (report_text.h), or made a document from which all formats are made (report_json.h).
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
    /** Number of allocations since arming, of those of them that rules could count, and of those
     * before arming. */
    uint64_t seen, counted, early;
    uint64_t injections;
    unsigned threads;
    /** Whether it uses the page allocator. */
    bool by_pages;
    /** Number of blocks, the new one included, when the page allocator first had no room for a
     * new one; 0 = this did not happen. */
    uint64_t full_at;
    /** Whether the kernel refused the memory then. */
    bool refused;
};

/** The counts of a rule, summed over all processes. */
struct report_rule {
    uint64_t selected, taken;
};

/** An allocation that was made to fail. */
struct report_injection {
    /** The index of the process; `process_count` or more if it has no slot. */
    unsigned process;
    int pid, tid;
    /** `rule` may be MF_RULE_PROGRAM or MF_RULE_CONTROL. */
    unsigned thread, rule;
    char function[MF_INJECTION_NAME_MAX];
    /** The error of a resource function; NULL if it is an allocation. Static. */
    const char *error;
    uint64_t number, size, time_ns, stack_id;
    char region[MF_REGION_MAX];
    struct frame *frames;
    unsigned frame_count;
};

struct report {
    /** The run; not owned, must outlive the report. */
    const struct run_options *options;
    struct run_result *result;
    const struct policyfile *policy;
    /** mallocfail's exit status. */
    int exit_status;
    /** Sums over all processes. */
    uint64_t seen, early, injected;
    /** How often the program called a function of mallocfail.h. */
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
    /** The findings, in order of time. */
    struct finding *findings;
    size_t finding_count;
    /** The file with the reproducer of the first finding; NULL = none. */
    const char *reproducer;
    /** For formats that are read by people. */
    bool colour, verbose;
};

/**
 * Read the data of a run.
 *
 * @return
 *         0 on success, -1 when memory ran out, with nothing to destroy.
 */
int report_gather(struct report *report, const struct run_options *options,
                  struct run_result *result);

/**
 * Add the counts of a process to the counts of a policy's rules.
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

/** Whether breakpoints made the calls fail, because the program is static. */
bool report_has_breakpoints(const struct report *report);

#endif
