// SPDX-License-Identifier: MIT
// The fields are documented in mallocfail(1): change both, and SCHEMA_VERSION where a
// reader could be misled.
#include "runner/report/report_json.h"

#include "core/channel/stackid.h"
#include "runner/diagnose/reproducer.h"
#include "runner/report/finding_json.h"
#include "runner/target/signals.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SCHEMA_VERSION 1

static json_t *make_end(const struct report *report) {
    const struct run_result *result = report->result;
    int status = result->wait_status;
    bool killed = !result->timed_out && WIFSIGNALED(status);
    bool exited = !result->timed_out && !killed;
    char name[32];
    json_t *end = json_object();
    int bad = json_put(end, "kind",
                       json_text(exited   ? "exited"
                                 : killed ? "killed"
                                          : "timed-out"));
    bad |=
        json_put(end, "status", exited ? json_integer(WEXITSTATUS(status)) : json_null());
    bad |= json_put(end, "signal", killed ? json_integer(WTERMSIG(status)) : json_null());
    bad |= json_put(end, "signal_name",
                    json_optional(killed ? signals_name(WTERMSIG(status), name) : NULL));
    bad |= json_put(end, "core_dumped", json_boolean(killed && WCOREDUMP(status)));
    return json_finished(end, bad);
}

static json_t *make_policy(const struct report *report) {
    const struct policyfile *policy = report->policy;
    json_t *object = json_object();
    int bad = json_put(object, "name", json_text(policy->name));
    bad |= json_put(object, "description", json_text(policy->policy->description));
    bad |= json_put(object, "seed", json_count(policy->policy->seed));
    return json_finished(object, bad);
}

static json_t *make_rule(const struct report *report, uint32_t index) {
    const struct mf_rule *rule = &report->policy->policy->rules[index];
    json_t *object = json_object();
    int bad = json_put(object, "name", json_text(rule->name));
    bad |= json_put(object, "action",
                    json_text(rule->action == MF_SPARE ? "spare" : "fail"));
    bad |= json_put(object, "selected", json_count(report->rules[index].selected));
    bad |= json_put(object, "taken", json_count(report->rules[index].taken));
    return json_finished(object, bad);
}

static json_t *make_rules(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (uint32_t i = 0; i < report->policy->policy->rule_count; i++) {
        bad |= json_array_append_new(list, make_rule(report, i));
    }
    return json_finished(list, bad);
}

static json_t *make_process(const struct report_process *process) {
    json_t *object = json_object();
    int bad = json_put(object, "pid", json_integer(process->pid));
    bad |= json_put(object, "parent", json_integer(process->parent));
    bad |= json_put(object, "image", json_text(process->image));
    bad |= json_put(object, "armed", json_boolean(process->stage >= MF_STAGE_ARMED));
    bad |= json_put(object, "threads", json_count(process->threads));
    bad |= json_put(object, "allocations", json_count(process->seen));
    bad |= json_put(object, "early_allocations", json_count(process->early));
    bad |= json_put(object, "failed", json_count(process->injections));
    bad |= json_put(object, "pages_full_at",
                    process->full_at ? json_count(process->full_at) : json_null());
    return json_finished(object, bad);
}

static json_t *make_processes(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < report->process_count; i++) {
        bad |= json_array_append_new(list, make_process(&report->processes[i]));
    }
    return json_finished(list, bad);
}

static json_t *make_frame(const struct report *report, struct frame frame) {
    const struct symbol *symbol = symbols_find(report->symbols, frame, true).symbols;
    bool known = frame.module < report->modules->count;
    json_t *object = json_object();
    int bad = json_put(object, "module", known ? json_count(frame.module) : json_null());
    bad |= json_put(object, "offset", json_hex(frame.offset));
    bad |= json_put(object, "symbol", json_optional(symbol->function));
    bad |= json_put(object, "displacement",
                    symbol->function ? json_count(symbol->displacement) : json_null());
    bad |= json_put(object, "file", json_optional(symbol->file));
    bad |=
        json_put(object, "line", symbol->file ? json_integer(symbol->line) : json_null());
    return json_finished(object, bad);
}

static json_t *make_frames(const struct report *report,
                           const struct report_injection *injection) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < injection->frame_count; i++) {
        bad |= json_array_append_new(list, make_frame(report, injection->frames[i]));
    }
    return json_finished(list, bad);
}

static json_t *make_injection(const struct report *report,
                              const struct report_injection *injection) {
    json_t *object = json_object();
    bool known = injection->process < report->process_count;
    int bad = json_put(object, "number", json_count(injection->number));
    bad |= json_put(object, "function", json_text(injection->function));
    bad |= json_put(object, "size", json_count(injection->size));
    if (injection->error) {
        bad |= json_put(object, "errno", json_text(injection->error));
    }
    bool ruled = injection->rule < MF_POLICY_RULES_MAX;
    bad |= json_put(object, "rule", ruled ? json_integer(injection->rule) : json_null());
    bad |= json_put(object, "asked_by",
                    json_text(ruled                                ? "policy"
                              : injection->rule == MF_RULE_PROGRAM ? "program"
                                                                   : "ctl"));
    bad |= json_put(object, "region",
                    injection->region[0] ? json_text(injection->region) : json_null());
    bad |=
        json_put(object, "process", known ? json_count(injection->process) : json_null());
    bad |= json_put(object, "pid", json_integer(injection->pid));
    bad |= json_put(object, "tid", json_integer(injection->tid));
    bad |= json_put(object, "thread", json_count(injection->thread));
    bad |= json_put(object, "time_ns", json_count(injection->time_ns));
    bad |= json_put(object, "stack_id", json_id(injection->stack_id));
    bad |= json_put(object, "caller_id",
                    json_id(injection->frame_count > 0
                                ? modules_caller_id(report->modules, injection->frames)
                                : MF_STACKID_START));
    bad |= json_put(object, "frames", make_frames(report, injection));
    return json_finished(object, bad);
}

static json_t *make_injections(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < report->injection_count; i++) {
        bad |=
            json_array_append_new(list, make_injection(report, &report->injections[i]));
    }
    return json_finished(list, bad);
}

static json_t *make_module(const struct mf_module *module) {
    char id[2 * MF_BUILD_ID_MAX + 1] = "";
    for (unsigned i = 0; i < module->build_id_length; i++) {
        snprintf(id + 2 * i, 3, "%02x", module->build_id[i]);
    }
    json_t *object = json_object();
    int bad = json_put(object, "path", json_text(module->path));
    bad |= json_put(object, "build_id", json_optional(id[0] ? id : NULL));
    return json_finished(object, bad);
}

static json_t *make_modules(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < report->modules->count; i++) {
        bad |= json_array_append_new(list, make_module(&report->modules->entries[i]));
    }
    return json_finished(list, bad);
}

/** The command that brings a finding back, where it has no file. */
static json_t *make_command(const struct report *report, size_t at) {
    char *command = reproducer_command(&report->findings[at], report->policy->policy->arm,
                                       report->options->argv, NULL);
    json_t *text = json_optional(command);
    free(command);
    return text;
}

json_t *report_json_finding(const struct report *report, size_t at) {
    const char *reproducer = at == 0 ? report->reproducer : NULL;
    json_t *finding = finding_json(&report->findings[at], report->modules, reproducer);
    int bad = json_put(finding, "command", make_command(report, at));
    return json_finished(finding, bad);
}

static json_t *make_findings(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        bad |= json_array_append_new(list, report_json_finding(report, i));
    }
    return json_finished(list, bad);
}

json_t *report_json(const struct report *report) {
    json_t *root = json_object();
    int bad = json_put(root, "schema", json_text("mallocfail-report"));
    bad |= json_put(root, "schema_version", json_integer(SCHEMA_VERSION));
    bad |= json_put(root, "mallocfail", json_text(PACKAGE_VERSION));
    bad |= json_put(root, "program", json_text(report->options->path));
    bad |= exact_put_arguments(root, "arguments", report->options->argv);
    bad |= json_put(root, "policy", make_policy(report));
    bad |= json_put(root, "end", make_end(report));
    bad |= json_put(root, "exit_status", json_integer(report->exit_status));
    bad |= json_put(root, "elapsed_ns", json_count(report->result->elapsed_ns));
    bad |= json_put(root, "left_running", json_count(report->result->left_running));
    bad |= json_put(root, "allocations", json_count(report->seen));
    bad |= json_put(root, "early_allocations", json_count(report->early));
    bad |= json_put(root, "failed", json_count(report->injected));
    bad |= json_put(root, "rules", make_rules(report));
    bad |= json_put(root, "processes", make_processes(report));
    bad |= json_put(root, "processes_lost", json_count(report->processes_lost));
    bad |= json_put(root, "modules", make_modules(report));
    json_t *findings = make_findings(report);
    json_t *first = json_incref(json_array_get(findings, 0));
    bad |= json_put(root, "traced",
                    json_boolean(report->options->trace && !report->result->untraced));
    bad |= json_put(root, "breakpoints", json_boolean(report_has_breakpoints(report)));
    bad |= json_put(root, "finding", first ? first : json_null());
    bad |= json_put(root, "findings", findings);
    bad |= json_put(root, "injections", make_injections(report));
    bad |= json_put(root, "injections_lost", json_count(report->injections_lost));
    return json_finished(root, bad);
}
