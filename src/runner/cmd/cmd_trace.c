// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/run/preflight.h"
#include "runner/trace/recording.h"
#include "runner/trace/tracetext.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** By enum settings_trace. */
static trace_format *const formats[] = {
    [SETTINGS_TRACE_TSV] = trace_tsv,
    [SETTINGS_TRACE_FOLDED] = trace_folded,
    [SETTINGS_TRACE_JSON] = trace_json,
};

/** Whether the options fit together and to what is to be done; the user is told. */
static bool fit(const struct settings *settings, const struct diag *diag) {
    bool prints = settings->trace_format != 0;
    bool records =
        settings->output || settings->policy || settings->stacks || settings->timeout_ns;
    if (!settings->operands[0]) {
        advice_missing(&cmd_trace, settings, prints ? "trace" : "program", diag);
        return false;
    }
    if (prints && (records || settings->operands[1])) {
        diag_error(diag, "--format prints one FILE that was recorded before; leave it "
                         "out to run a program");
        return false;
    }
    if (!prints && (settings->all || settings->weight)) {
        diag_error(diag, "--all and --weigh belong to --format");
        return false;
    }
    return true;
}

/** Print a trace; the exit status. */
static int print(const struct settings *settings, const struct diag *diag) {
    const struct trace_wish wish = {
        .all = settings->all,
        .weight = settings->weight ? settings->weight - 1 : TRACE_BYTES,
    };
    const char *path = settings->operands[0];
    struct tracefile file;
    if (tracefile_open(&file, path, diag) != 0) {
        return STATUS_FAILED;
    }
    errno = 0;
    int result = formats[settings->trace_format](&file, &wish, stdout, diag);
    if (result == 0) {
        result = fflush(stdout);
    }
    if (result != 0 && errno != 0) {
        diag_error(diag, "cannot write to the standard output: %s", strerror(errno));
    }
    bool failed = result != 0 || file.failed;
    tracefile_warn(&file, path, diag);
    tracefile_close(&file);
    return failed ? STATUS_FAILED : STATUS_GOOD;
}

/** Run a program and record what it allocates; the exit status. */
static int record(const struct settings *settings, const struct diag *diag) {
    const struct recording recording = {
        .output = settings->output ? settings->output : "mallocfail.trace",
        .policy = settings->policy,
        .stacks = settings->stacks,
        .timeout_ns = settings->timeout_ns ? settings->timeout_ns : CLOCK_NEVER,
        .argv = settings->operands,
        .nothing = settings_nothing(settings),
    };
    return recording_make(&recording, diag);
}

static int trace(struct settings *settings, struct diag *diag) {
    if (!fit(settings, diag)) {
        return STATUS_FAILED;
    }
    return settings->trace_format ? print(settings, diag) : record(settings, diag);
}

const struct command cmd_trace = {
    .name = "trace",
    .summary = "record the allocations of a program",
    .bit = COMMAND_TRACE,
    .function = trace,
    .ends = true,
    .operands = OPERANDS_PROGRAM,
    .usage =
        "Usage: mallocfail trace [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
        "       mallocfail trace --format FORMAT [--all] [--weigh WHAT] FILE\n"
        "\n"
        "Runs PROGRAM and records every allocation, reallocation and free in a file, or\n"
        "prints such a file. 'mallocfail histogram' summarises it.\n",
    .notes =
        "Exit status: PROGRAM's (128+N if signal N killed it), 124 at the time-out, 125\n"
        "if mallocfail failed or nothing was recorded, 126 and 127 as in env(1).\n",
};
