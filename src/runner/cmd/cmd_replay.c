// SPDX-License-Identifier: MIT
// A finding is brought back in two tries: by its own policy, which goes by the stack, and
// where that never fires (the program was built anew, say) by the number alone. One that
// an exploration found is run in the circumstances of that; else it is the user's.
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/debugger.h"
#include "runner/explore/reproduction.h"
#include "runner/formats/finding_text.h"
#include "runner/report/report_json.h"
#include "runner/report/report_text.h"
#include "runner/run/preflight.h"
#include "runner/serve/serve.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"
#include "runner/util/path.h"
#include "runner/util/shellword.h"
#include "runner/util/status.h"
#include "runner/util/wrap.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct replay {
    /** What is not said there is as it was found. */
    const struct settings *settings;
    const char *file;
    /** The file's name from any directory. */
    char *path;
    /** PROGRAM and its arguments; what the file says where the user gave none. */
    char **argv;
    /** Owned where the file gave them. */
    char **recorded;
    /** What the file says of the finding. */
    json_t *policy;
    const char *signature;
    enum outcome outcome;
    size_t caller;
    uint64_t number;
    /** Whether it is run as explorations do, and what it is given then. */
    bool explored;
    struct circumstances circumstances;
    /** The second policy to try. */
    char by_number[4096 + MF_NAMED_MAX * 2 * MF_NAMED_TEXT_MAX];
};

/** Take the command line; -1 where something is wrong with it, with the user told. */
static int take_settings(struct replay *replay, const struct settings *settings,
                         const struct diag *diag) {
    if (settings->gdb && settings->allocator) {
        diag_error(diag,
                   "--gdb cannot be combined with --allocator: the reproducer names the "
                   "allocator");
        return -1;
    }
    replay->settings = settings;
    replay->file = settings->operands[0];
    if (!replay->file) {
        advice_missing(&cmd_replay, settings, "reproducer", diag);
        return -1;
    }
    replay->argv = settings->operands + 1;
    if (replay->argv[0] && strcmp(replay->argv[0], "--") == 0) {
        replay->argv++;
    }
    return 0;
}

/** Take the program that the file names. */
static int take_arguments(struct replay *replay, const json_t *list) {
    size_t count = json_array_size(list);
    replay->recorded = calloc(count + 1, sizeof(replay->recorded[0]));
    for (size_t i = 0; replay->recorded && i < count; i++) {
        replay->recorded[i] = (char *)json_string_value(json_array_get(list, i));
    }
    if (replay->recorded && !replay->argv[0]) {
        replay->argv = replay->recorded;
    }
    return replay->recorded ? 0 : -1;
}

/** Take what the file says of the run, and what the user says instead. */
static int take_circumstances(struct replay *replay, const json_t *run) {
    const struct settings *settings = replay->settings;
    struct circumstances *circumstances = &replay->circumstances;
    if (circumstances_read(circumstances, run) != 0) {
        return -1;
    }
    if (settings->input) {
        circumstances->input = settings->input;
    }
    if (settings->prepare) {
        circumstances->prepare = settings->prepare;
    }
    if (settings->timeout_ns) {
        circumstances->timeout_ns = settings->timeout_ns;
    }
    replay->explored = run || settings->input || settings->prepare;
    return 0;
}

/** The policy of the second try: the number alone, armed as the first. */
static void make_second(struct replay *replay) {
    const json_t *arm = json_object_get(replay->policy, "arm");
    const json_t *allocator = json_object_get(replay->policy, "allocator");
    char *own = json_dumps(json_object_get(replay->policy, "allocations"), JSON_COMPACT);
    const json_t *rules = json_object_get(replay->policy, "rules");
    const json_t *first = json_array_get(rules, 0);
    const json_t *last = json_array_get(rules, json_array_size(rules) - 1);
    json_t *second = json_pack("{s:I, s:O*, s:O*}", "nth", (json_int_t)replay->number,
                               "functions", json_object_get(first, "functions"), "errno",
                               json_object_get(last, "errno"));
    char *text = json_dumps(second, JSON_COMPACT);
    snprintf(replay->by_number, sizeof(replay->by_number),
             "{\"version\": 1, \"arm\": \"%.8s\", \"allocator\": \"%.8s\", "
             "\"allocations\": %s, \"rules\": [%s]}",
             json_is_string(arm) ? json_string_value(arm) : "load",
             json_is_string(allocator) ? json_string_value(allocator) : "next",
             own ? own : "[]", text ? text : "");
    json_decref(second);
    free(text);
    free(own);
}

/** Which outcome the file tells of. */
static enum outcome read_outcome(const json_t *value) {
    const char *name = json_string_value(value);
    for (unsigned i = 0; name && i < OUTCOME_COUNT; i++) {
        if (strcmp(name, outcome_name(i)) == 0) {
            return (enum outcome)i;
        }
    }
    return OUTCOME_CRASHED;
}

/** Have it run with the very bytes it was found with; -1 when memory ran out. */
static int restore(json_t *about) {
    json_t *run = json_object_get(about, "run");
    return exact_restore(about) != 0 || (run && exact_restore(run) != 0) ? -1 : 0;
}

/** Read what the file says of its finding; the policy itself is checked elsewhere. */
static int read_finding(struct replay *replay, const struct diag *diag) {
    json_error_t error;
    replay->policy = json_load_file(replay->file, JSON_REJECT_DUPLICATES, &error);
    json_t *about = json_object_get(replay->policy, "reproduces");
    const json_t *number = json_object_get(about, "number");
    replay->signature = json_string_value(json_object_get(about, "signature"));
    replay->number =
        json_integer_value(number) > 0 ? (uint64_t)json_integer_value(number) : 0;
    struct stat file;
    bool directory = stat(replay->file, &file) == 0 && S_ISDIR(file.st_mode);
    if (!replay->policy && !directory) {
        char why[200];
        json_why(&error, why);
        diag_error(diag, "cannot read the reproducer '%s': %s", replay->file, why);
        return -1;
    }
    if (!replay->signature || !replay->number) {
        bool policy =
            json_is_array(replay->policy) || json_object_get(replay->policy, "rules");
        diag_error(diag,
                   policy
                       ? "'%s' is a policy, not a reproducer: 'mallocfail -p FILE "
                         "PROGRAM' runs a program under it"
                       : "'%s' is not a reproducer: results have them in the directory "
                         "'reproducers', and --reproducer writes one",
                   replay->file);
        return -1;
    }
    replay->outcome = read_outcome(json_object_get(about, "outcome"));
    json_int_t caller = json_integer_value(json_object_get(about, "caller"));
    replay->caller = caller > 0 ? (size_t)caller : 0;
    make_second(replay);
    if (restore(about) != 0 ||
        take_arguments(replay, json_object_get(about, "arguments")) != 0 ||
        take_circumstances(replay, json_object_get(about, "run")) != 0) {
        diag_no_memory(diag);
        return -1;
    }
    if (!replay->argv[0]) {
        diag_error(diag, "'%s' does not name a program: give one after the file",
                   replay->file);
        return -1;
    }
    return 0;
}

/** Whether a report has the finding; prints it where it has one at all. */
static bool has_finding(const struct replay *replay, const struct report *report) {
    for (size_t i = 0; i < report->finding_count; i++) {
        char text[32];
        snprintf(text, sizeof(text), "%016" PRIx64, report->findings[i].signature);
        if (strcmp(text, replay->signature) == 0) {
            return true;
        }
    }
    return false;
}

/** What is executed: it may have been started under another name, which PATH may know as another
 * program's. */
static const char *program_of(const struct replay *replay) {
    const char *program = replay->circumstances.program;
    return program && replay->argv == replay->recorded ? program : replay->argv[0];
}

/** One try under a policy: 0 it came back, 1 it did not, else an exit status. */
static int try_policy(const struct replay *replay, const char *policy,
                      const struct diag *diag) {
    struct preflight preflight = {0};
    struct run_result result;
    struct report report;
    int status = preflight_find(&preflight, policy, program_of(replay), true, diag);
    if (status == 0) {
        status = preflight_check_allocator(&preflight, replay->settings->allocator, diag);
    }
    if (status != 0) {
        goto out;
    }
    struct run_options run = preflight_options(&preflight, replay->argv);
    run.timeout_ns = replay->circumstances.timeout_ns;
    run.allocator = replay->settings->allocator;
    run.trial = true;
    status = run_target(&run, &result, diag);
    if (status != 0) {
        goto out;
    }
    status = STATUS_FAILED;
    if (report_gather(&report, &run, &result) == 0) {
        report.verbose = diag->verbose;
        report.colour = diag->colour;
        status = has_finding(replay, &report) ? STATUS_GOOD : STATUS_DEFECT;
        struct wrap wrap;
        FILE *stream = wrap_begin(&wrap);
        if (!diag->quiet) {
            report_text(&report, stream);
        }
        for (size_t i = 0; diag->quiet && i < report.finding_count; i++) {
            finding_text_line(report_json_finding(&report, i), stream);
        }
        wrap_end(&wrap);
        report_destroy(&report);
    } else {
        diag_no_memory(diag);
    }
    run_result_destroy(&result);

out:
    preflight_release(&preflight);
    return status;
}

/** Become gdb; returns the exit status where that fails. */
static int open_gdb(const struct replay *replay, const struct diag *diag) {
    struct preflight preflight = {0};
    const struct circumstances *circumstances = &replay->circumstances;
    int status =
        preflight_find(&preflight, replay->file, program_of(replay), false, diag);
    char *policy = status == 0 ? realpath(replay->file, NULL) : NULL;
    if (status == 0 && strcmp(preflight.program.path, preflight.program.binary) != 0) {
        diag_error(diag,
                   "'%s' is a script, which gdb cannot run: name its interpreter, "
                   "'mallocfail replay --gdb %s %s %s'",
                   preflight.program.path, replay->file, preflight.program.binary,
                   preflight.program.path);
        status = STATUS_FAILED;
    } else if (status == 0 && !policy) {
        diag_error(diag, "cannot open '%s': %m", replay->file);
        status = STATUS_FAILED;
    } else if (status == 0) {
        // Explorations give programs nothing to read by themselves.
        const struct debugger debugger = {
            .preload = preflight.preload,
            .policy = policy,
            .program = preflight.program.path,
            .argv = replay->argv,
            .input = replay->explored && !circumstances->input ? "/dev/null"
                                                               : circumstances->input,
            .prepare = circumstances->prepare,
        };
        debugger_become(&debugger);
        diag_error(diag, "cannot run gdb: %m");
        status = STATUS_FAILED;
    }
    free(policy);
    preflight_release(&preflight);
    return status;
}

/** Run it with the streams and all else that the runner has; as reproduction_try(). */
static int try_here(const struct replay *replay, const struct diag *diag) {
    int status = try_policy(replay, replay->file, diag);
    // Without rules it is the program itself that has calls fail.
    bool ruled = json_array_size(json_object_get(replay->policy, "rules")) > 0;
    if (status == STATUS_DEFECT && ruled) {
        diag_note(diag, "it did not come back by its stack; trying number %" PRIu64,
                  replay->number);
        status = try_policy(replay, replay->by_number, diag);
    }
    return status;
}

/** Run it as it was found; as reproduction_try(). */
static int try_as_found(const struct replay *replay, const struct diag *diag) {
    const char *arm = json_string_value(json_object_get(replay->policy, "arm"));
    struct preflight preflight = {0};
    struct reproduction reproduction = {
        .preflight = &preflight,
        .argv = replay->argv,
        .circumstances = &replay->circumstances,
        .arm = arm ? arm : "load",
        .signature = replay->signature,
        .outcome = replay->outcome,
        .caller = replay->caller,
        .policy = replay->file,
        .second = replay->by_number,
    };
    int status = preflight_find(&preflight, replay->file, program_of(replay), true, diag);
    if (status == 0) {
        status = preflight_check_allocator(&preflight, replay->settings->allocator, diag);
        reproduction.allocator = replay->settings->allocator
                                     ? replay->settings->allocator
                                     : preflight.policy.policy->allocator + 1;
    }
    if (status == 0 && replay->circumstances.scratch &&
        program_anchor(&preflight.program) != 0) {
        diag_error(diag, "cannot tell the working directory: %m");
        status = STATUS_FAILED;
    }
    if (status == 0) {
        status = reproduction_try(&reproduction, diag);
    }
    preflight_release(&preflight);
    return status;
}

/** The stack that is to fail in a server; 0 where the file names none. */
static uint64_t read_stack(const struct replay *replay) {
    const json_t *rule = json_array_get(json_object_get(replay->policy, "rules"), 0);
    const char *id =
        json_string_value(json_object_get(json_object_get(rule, "stack"), "id"));
    return id ? strtoull(id, NULL, 16) : 0;
}

/** Have a server that is driven once more do it; as reproduction_try(). */
static int try_server(const struct replay *replay, const struct diag *diag) {
    const struct circumstances *circumstances = &replay->circumstances;
    const struct serve_wanted wanted = {read_stack(replay), replay->signature};
    struct preflight preflight = {0};
    struct serve_options options = {
        .campaign =
            {
                .argv = replay->argv,
                .arm = "startup",
                .prepare = circumstances->prepare,
                .timeout_ns = circumstances->timeout_ns,
            },
        .ready = circumstances->ready,
        .drive = circumstances->drive,
        .health = circumstances->health,
        .ready_ns = circumstances->ready_ns,
        .wanted = &wanted,
    };
    int status = preflight_find(&preflight, replay->file, program_of(replay), true, diag);
    if (status == 0) {
        status = preflight_check_allocator(&preflight, replay->settings->allocator, diag);
        options.campaign.allocator = replay->settings->allocator
                                         ? replay->settings->allocator
                                         : preflight.policy.policy->allocator + 1;
    }
    if (status == 0) {
        status = serve(&options, NULL, &preflight, diag);
    }
    preflight_release(&preflight);
    return status;
}

/** Show what the file has run: it may have come from somebody else. */
static void announce(const struct replay *replay, const struct diag *diag) {
    char *command = NULL;
    size_t size;
    FILE *stream = open_memstream(&command, &size);
    for (char **word = replay->argv; stream && *word; word++) {
        fputs(word > replay->argv ? " " : "", stream);
        shellword_put(*word, stream);
    }
    if (stream && fclose(stream) == 0 && replay->argv == replay->recorded) {
        diag_note(diag, "'%s' says to run: %s", replay->file, command);
    }
    free(command);
    if (strcmp(path_base(program_of(replay)), path_base(replay->argv[0])) != 0) {
        diag_note(diag, "by executing %s", program_of(replay));
    }
    if (replay->circumstances.directory && replay->argv == replay->recorded) {
        diag_note(diag, "in the directory %s", replay->circumstances.directory);
    } else if (replay->argv == replay->recorded && replay->argv[0][0] != '/' &&
               strchr(replay->argv[0], '/') && access(replay->argv[0], F_OK) != 0) {
        diag_note(diag, "it is not there: replay in the directory in which it was found, "
                        "or name the program after the file");
    }
    if (replay->circumstances.piped && !replay->circumstances.input) {
        diag_note(diag,
                  "its input was a pipe, which is not kept: it reads an empty input now "
                  "(--input FILE replaces it)");
    }
    if (replay->circumstances.drive) {
        diag_note(diag, "and against it: %s", replay->circumstances.drive);
    }
    if (replay->circumstances.prepare && !replay->settings->prepare) {
        diag_note(diag, "and before it: %s", replay->circumstances.prepare);
    }
    if (replay->circumstances.check && !replay->settings->gdb) {
        diag_note(diag, "and after it: %s", replay->circumstances.check);
    }
}

/** Go where it was found, with the environment of then; -1 where that cannot be, with the
 * user told. */
static int go_there(struct replay *replay, const struct diag *diag) {
    const struct circumstances *circumstances = &replay->circumstances;
    replay->path = realpath(replay->file, NULL);
    if (!replay->path) {
        diag_error(diag, "cannot open '%s': %m", replay->file);
        return -1;
    }
    replay->file = replay->path;
    if (circumstances->directory && chdir(circumstances->directory) != 0) {
        diag_error(diag,
                   "cannot change to the directory '%s': %m; make it again, or name the "
                   "program to run elsewhere, as in 'mallocfail replay FILE -- PROGRAM'",
                   circumstances->directory);
        return -1;
    }
    for (char *const *variable = circumstances->environment; variable && *variable;
         variable++) {
        // It lives as long as the policy does.
        putenv(*variable);
    }
    return 0;
}

static int conduct(struct replay *replay, const struct diag *diag) {
    announce(replay, diag);
    if (replay->argv == replay->recorded && go_there(replay, diag) != 0) {
        return STATUS_FAILED;
    }
    if (replay->settings->gdb) {
        return open_gdb(replay, diag);
    }
    bool serves = replay->circumstances.drive && replay->circumstances.ready;
    int status = serves             ? try_server(replay, diag)
                 : replay->explored ? try_as_found(replay, diag)
                                    : try_here(replay, diag);
    if (status == STATUS_GOOD) {
        diag_note(diag, "the same finding came back: %s", replay->signature);
    } else if (status == STATUS_DEFECT) {
        diag_error(diag, "the finding %s did not come back", replay->signature);
    }
    return status;
}

static int replay_finding(struct settings *settings, struct diag *diag) {
    struct replay replay = {0};
    int status = STATUS_FAILED;
    if (take_settings(&replay, settings, diag) == 0 && read_finding(&replay, diag) == 0) {
        status = conduct(&replay, diag);
    }
    free(replay.circumstances.watch);
    free((char **)replay.circumstances.environment);
    free(replay.path);
    free(replay.recorded);
    json_decref(replay.policy);
    return status;
}

const struct command cmd_replay = {
    .name = "replay",
    .summary = "reproduce a defect",
    .bit = COMMAND_REPLAY,
    .function = replay_finding,
    .ends = true,
    .operands = OPERANDS_FILES,
    .usage =
        "Usage: mallocfail replay [OPTION...] FILE [[--] PROGRAM [ARGUMENT...]]\n"
        "\n"
        "Runs a reproducer, written by --reproducer or an exploration, and tells "
        "whether\n"
        "the same finding came back. Without PROGRAM it runs the program that it was\n"
        "found in, in the same way.\n",
    .notes =
        "Exit status: 0 if the same finding came back, 1 if not, 124 at the time-out,\n"
        "125 if mallocfail failed.\n",
};
