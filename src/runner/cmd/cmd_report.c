// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/formats/destinations.h"
#include "runner/util/status.h"

#include <string.h>

static int report(struct settings *settings, struct diag *diag) {
    const char *format = settings->format ? settings->format : "text";
    const char *results = settings->operands[0];
    struct document document;
    char why[200];
    const char *more = results ? settings->operands[1] : NULL;
    if (more && formats_find(more, strlen(more))) {
        diag_error(diag,
                   "'%s' is in the place of a directory: did you mean '--format %s'?",
                   more, more);
        return STATUS_FAILED;
    }
    if (!results) {
        advice_missing(&cmd_report, settings, "results", diag);
        return STATUS_FAILED;
    }
    if (more) {
        diag_error(diag, "more than one directory given: 'mallocfail merge' joins them");
        return STATUS_FAILED;
    }
    if (document_load(&document, results, settings->source_root, why) != 0) {
        diag_error(diag, "cannot read the results in '%s': %s", results, why);
        return STATUS_FAILED;
    }
    document.verbose = diag->verbose;
    const struct destination to = {formats_find(format, strlen(format)),
                                   settings->output};
    int result = destination_write(&to, &document, diag);
    document_destroy(&document);
    return result == 0 ? STATUS_GOOD : STATUS_FAILED;
}

const struct command cmd_report = {
    .name = "report",
    .summary = "print results again, in another format",
    .bit = COMMAND_REPORT,
    .function = report,
    .operands = OPERANDS_FILES,
    .usage =
        "Usage: mallocfail report [OPTION...] DIR\n"
        "\n"
        "Reads the results of an exploration again, or the JSON report of a run, and\n"
        "prints them in another format.\n",
    .notes = "Exit status: 0 if all was written, 125 if not.\n",
};
