// SPDX-License-Identifier: MIT
// The fields are documented in mallocfail(1): change both, and SCHEMA_VERSION where a
// reader could be misled.
#include "runner/report.h"

#include "core/stackid.h"
#include "runner/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SCHEMA_VERSION 1

/** A string as it is, or with '?' for its foreign bytes where it is not UTF-8. */
static json_t *text(const char *value) {
    json_t *string = json_string(value);
    char *copy = string ? NULL : strdup(value);
    if (!copy) {
        return string;
    }
    for (char *at = copy; *at; at++) {
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    }
    string = json_string(copy);
    free(copy);
    return string;
}

/** JSON's integers end at 2^63 - 1, and so do ours. */
static json_t *number(uint64_t value) {
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

/** A stack id as policies take it. */
static json_t *stack_id(uint64_t id) {
    char buffer[32];
    snprintf(buffer, sizeof(buffer), "%016" PRIx64, id);
    return json_string(buffer);
}

static json_t *hex(uint64_t value) {
    char buffer[32];
    snprintf(buffer, sizeof(buffer), "0x%" PRIx64, value);
    return json_string(buffer);
}

/** Add a member, null where there is none to add; -1 when memory ran out. */
static int put(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value);
}

static json_t *optional(const char *value) {
    return value ? text(value) : json_null();
}

/** The object, or NULL where something could not be put into it. */
static json_t *finished(json_t *object, int failures) {
    if (failures != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *make_end(const struct report *report) {
    const struct run_result *result = report->result;
    int status = result->wait_status;
    bool killed = !result->timed_out && WIFSIGNALED(status);
    bool exited = !result->timed_out && !killed;
    char name[32];
    json_t *end = json_object();
    int bad = put(end, "kind", text(exited ? "exited" : killed ? "killed" : "timed-out"));
    bad |= put(end, "status", exited ? json_integer(WEXITSTATUS(status)) : json_null());
    bad |= put(end, "signal", killed ? json_integer(WTERMSIG(status)) : json_null());
    bad |= put(end, "signal_name",
               optional(killed ? signals_name(WTERMSIG(status), name) : NULL));
    bad |= put(end, "core_dumped", json_boolean(killed && WCOREDUMP(status)));
    return finished(end, bad);
}

static json_t *make_arguments(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (char *const *argument = report->options->argv; *argument; argument++) {
        bad |= json_array_append_new(list, text(*argument));
    }
    return finished(list, bad);
}

static json_t *make_policy(const struct report *report) {
    const struct policyfile *policy = report->policy;
    json_t *object = json_object();
    int bad = put(object, "name", text(policy->name));
    bad |= put(object, "description", text(policy->policy->description));
    bad |= put(object, "seed", number(policy->policy->seed));
    return finished(object, bad);
}

static json_t *make_rule(const struct report *report, uint32_t index) {
    const struct mf_rule *rule = &report->policy->policy->rules[index];
    json_t *object = json_object();
    int bad = put(object, "name", text(rule->name));
    bad |= put(object, "action", text(rule->action == MF_SPARE ? "spare" : "fail"));
    bad |= put(object, "selected", number(report->rules[index].selected));
    bad |= put(object, "taken", number(report->rules[index].taken));
    return finished(object, bad);
}

static json_t *make_rules(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (uint32_t i = 0; i < report->policy->policy->rule_count; i++) {
        bad |= json_array_append_new(list, make_rule(report, i));
    }
    return finished(list, bad);
}

static json_t *make_process(const struct report_process *process) {
    json_t *object = json_object();
    int bad = put(object, "pid", json_integer(process->pid));
    bad |= put(object, "parent", json_integer(process->parent));
    bad |= put(object, "image", text(process->image));
    bad |= put(object, "armed", json_boolean(process->stage >= MF_STAGE_ARMED));
    bad |= put(object, "threads", number(process->threads));
    bad |= put(object, "allocations", number(process->seen));
    bad |= put(object, "early_allocations", number(process->early));
    bad |= put(object, "failed", number(process->injections));
    return finished(object, bad);
}

static json_t *make_processes(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < report->process_count; i++) {
        bad |= json_array_append_new(list, make_process(&report->processes[i]));
    }
    return finished(list, bad);
}

static json_t *make_frame(const struct report *report, const struct report_frame *frame) {
    bool known = frame->module < report->module_count;
    json_t *object = json_object();
    int bad = put(object, "module", known ? number(frame->module) : json_null());
    bad |= put(object, "offset", hex(frame->offset));
    bad |= put(object, "symbol", optional(frame->symbol));
    bad |= put(object, "displacement",
               frame->symbol ? number(frame->displacement) : json_null());
    return finished(object, bad);
}

static json_t *make_frames(const struct report *report,
                           const struct report_injection *injection) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < injection->frame_count; i++) {
        bad |= json_array_append_new(list, make_frame(report, &injection->frames[i]));
    }
    return finished(list, bad);
}

/** The call site's id: that of a stack of the first frame alone. */
static uint64_t caller_id(const struct report *report,
                          const struct report_injection *injection) {
    if (injection->frame_count == 0) {
        return MF_STACKID_START;
    }
    const struct report_frame *frame = &injection->frames[0];
    bool known = frame->module < report->module_count;
    uint64_t key = known ? mf_stackid_module(&report->modules[frame->module]) : 0;
    return mf_stackid_add(MF_STACKID_START, key, frame->offset);
}

static json_t *make_injection(const struct report *report,
                              const struct report_injection *injection) {
    json_t *object = json_object();
    bool known = injection->process < report->process_count;
    int bad = put(object, "number", number(injection->number));
    bad |= put(object, "function", text(mf_function_name(injection->function)));
    bad |= put(object, "size", number(injection->size));
    bad |= put(object, "rule", json_integer(injection->rule));
    bad |= put(object, "process", known ? number(injection->process) : json_null());
    bad |= put(object, "pid", json_integer(injection->pid));
    bad |= put(object, "tid", json_integer(injection->tid));
    bad |= put(object, "thread", number(injection->thread));
    bad |= put(object, "time_ns", number(injection->time_ns));
    bad |= put(object, "stack_id", stack_id(injection->stack_id));
    bad |= put(object, "caller_id", stack_id(caller_id(report, injection)));
    bad |= put(object, "frames", make_frames(report, injection));
    return finished(object, bad);
}

static json_t *make_injections(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < report->injection_count; i++) {
        bad |=
            json_array_append_new(list, make_injection(report, &report->injections[i]));
    }
    return finished(list, bad);
}

static json_t *make_module(const struct mf_module *module) {
    char id[2 * MF_BUILD_ID_MAX + 1] = "";
    for (unsigned i = 0; i < module->build_id_length; i++) {
        snprintf(id + 2 * i, 3, "%02x", module->build_id[i]);
    }
    json_t *object = json_object();
    int bad = put(object, "path", text(module->path));
    bad |= put(object, "build_id", optional(id[0] ? id : NULL));
    return finished(object, bad);
}

static json_t *make_modules(const struct report *report) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < report->module_count; i++) {
        bad |= json_array_append_new(list, make_module(&report->modules[i]));
    }
    return finished(list, bad);
}

static json_t *make_report(const struct report *report) {
    json_t *root = json_object();
    int bad = put(root, "schema", text("mallocfail-report"));
    bad |= put(root, "schema_version", json_integer(SCHEMA_VERSION));
    bad |= put(root, "mallocfail", text(PACKAGE_VERSION));
    bad |= put(root, "program", text(report->options->path));
    bad |= put(root, "arguments", make_arguments(report));
    bad |= put(root, "policy", make_policy(report));
    bad |= put(root, "end", make_end(report));
    bad |= put(root, "exit_status", json_integer(report->exit_status));
    bad |= put(root, "elapsed_ns", number(report->result->elapsed_ns));
    bad |= put(root, "left_running", number(report->result->left_running));
    bad |= put(root, "allocations", number(report->seen));
    bad |= put(root, "early_allocations", number(report->early));
    bad |= put(root, "failed", number(report->injected));
    bad |= put(root, "rules", make_rules(report));
    bad |= put(root, "processes", make_processes(report));
    bad |= put(root, "processes_lost", number(report->processes_lost));
    bad |= put(root, "modules", make_modules(report));
    bad |= put(root, "injections", make_injections(report));
    bad |= put(root, "injections_lost", number(report->injections_lost));
    return finished(root, bad);
}

int report_json(const struct report *report, FILE *stream) {
    json_t *root = make_report(report);
    if (!root) {
        errno = ENOMEM;
        return -1;
    }
    int result = json_dumpf(root, stream, JSON_INDENT(2));
    json_decref(root);
    return result == 0 && fputc('\n', stream) != EOF ? 0 : -1;
}
