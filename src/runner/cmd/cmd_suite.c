// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "core/channel/suite.h"
#include "core/policy/glob.h"
#include "runner/cmd/advice.h"
#include "runner/cmd/outname.h"
#include "runner/run/preflight.h"
#include "runner/suite/suite.h"
#include "runner/target/image.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Whether the patterns of --program are some, and there is room for them; the user is told. */
static bool check_programs(const struct settings_list *programs,
                           const struct diag *diag) {
    if (programs->count > MF_SUITE_GLOBS_MAX) {
        diag_error(diag, "--program is given %zu times: %d is the most", programs->count,
                   MF_SUITE_GLOBS_MAX);
        return false;
    }
    for (size_t i = 0; i < programs->count; i++) {
        const char *glob = programs->words[i];
        const char *fault =
            strlen(glob) >= MF_SUITE_GLOB_MAX ? "it is too long" : mf_glob_fault(glob);
        if (fault) {
            diag_error(diag, "'%s' is not a valid pattern for programs: %s", glob, fault);
            return false;
        }
    }
    return true;
}

static int run_suite(struct settings *settings, struct diag *diag) {
    struct preflight preflight = {0};
    if (!settings->operands[0]) {
        advice_missing(&cmd_suite, settings, "command", diag);
        return STATUS_FAILED;
    }
    if (!check_programs(&settings->programs, diag)) {
        return STATUS_FAILED;
    }
    const char *output = settings->output ? settings->output : "mallocfail-out";
    char *directory = outname_expand(output, settings->operands, diag);
    if (!directory) {
        return STATUS_FAILED;
    }
    int status = preflight_find(&preflight, "{\"version\": 1, \"rules\": []}",
                                settings->operands[0], false, diag);
    if (status == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        struct suite_options options = {
            .campaign = settings->campaign,
            .programs = settings->programs.words,
            .program_count = settings->programs.count,
            .hold_ns = settings->hold_ns ? settings->hold_ns : SUITE_HOLD,
            .within = settings->within,
            .fresh = settings->fresh || settings->fresh_ns,
            .fresh_ns = settings->fresh_ns,
            .preload = preflight.preload,
            .path = preflight.program.path,
            .is_static = preflight.facts & IMAGE_STATIC,
        };
        options.campaign.argv = settings->operands;
        options.campaign.directory = directory;
        options.campaign.timeout_ns = settings->timeout_ns;
        options.campaign.arm = "startup";
        options.campaign.strategy = STRATEGY_IN_PLACE;
        options.campaign.nothing = settings_nothing(settings);
        options.campaign.ignore = settings->ignore.words;
        options.campaign.ignore_count = settings->ignore.count;
        options.campaign.broke_in = settings->broke_in.words;
        options.campaign.broke_in_count = settings->broke_in.count;
        options.campaign.jobs = processors > 0 ? (unsigned)processors : 1;
        options.campaign.modes = 1u << TRIAL_ONCE | 1u << TRIAL_PERSISTENT;
        settings->reports.sources = settings->source_root;
        status = suite(&options, &settings->reports, diag);
    }
    preflight_release(&preflight);
    free(directory);
    return status;
}

const struct command cmd_suite = {
    .name = "suite",
    .summary = "the same for all programs of a test suite, in one run",
    .bit = COMMAND_SUITE,
    .function = run_suite,
    .ends = true,
    .operands = OPERANDS_PROGRAM,
    .usage =
        "Usage: mallocfail suite [OPTION...] [--] COMMAND [ARGUMENT...]\n"
        "\n"
        "Runs COMMAND, a test suite, once. Meanwhile it makes the allocations of the\n"
        "programs under test fail, each stack once in the whole suite. The suite's own\n"
        "results do not change.\n",
    .notes =
        "Exit status: 1 defects, else COMMAND's own; 125 if mallocfail failed or nothing\n"
        "was tested, 126 and 127 as in env(1), 128+N at signal N.\n",
};
