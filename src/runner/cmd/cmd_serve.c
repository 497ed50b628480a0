// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/outname.h"
#include "runner/run/static_program.h"
#include "runner/serve/serve.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <stdlib.h>

/** Whether there is a server, and how to talk to it; the user is told. */
static bool fit(const struct settings *settings, const struct diag *diag) {
    if (!settings->operands[0]) {
        advice_missing(&cmd_serve, settings, "server", diag);
    } else if (!settings->ready) {
        diag_error(diag, "--ready COMMAND is missing, which exits with 0 when the server "
                         "is ready: try 'mallocfail serve --help'");
    } else if (!settings->drive) {
        diag_error(diag,
                   "--drive COMMAND is missing, which sends requests to the server: "
                   "try 'mallocfail serve --help'");
    }
    return settings->operands[0] && settings->ready && settings->drive;
}

/** What the user wants. Borrows from the settings. */
static struct serve_options plan(const struct settings *settings, const char *directory) {
    struct serve_options options = {
        .campaign = settings->campaign,
        .ready = settings->ready,
        .drive = settings->drive,
        .health = settings->health,
        .ready_ns = settings->ready_ns ? settings->ready_ns : SERVE_READY_TIME,
    };
    struct campaign_options *campaign = &options.campaign;
    campaign->argv = settings->operands;
    campaign->directory = directory;
    campaign->prepare = settings->prepare;
    campaign->allocator = settings->allocator;
    campaign->named = settings->allocations.words;
    campaign->named_count = settings->allocations.count;
    campaign->timeout_ns = settings->timeout_ns;
    campaign->arm = "startup";
    campaign->nothing = settings_nothing(settings);
    campaign->ignore = settings->ignore.words;
    campaign->ignore_count = settings->ignore.count;
    campaign->broke_in = settings->broke_in.words;
    campaign->broke_in_count = settings->broke_in.count;
    campaign->jobs = 1;
    campaign->modes = 1u << TRIAL_ONCE;
    campaign->follow = true;
    return options;
}

static int test_server(struct settings *settings, struct diag *diag) {
    if (!fit(settings, diag)) {
        return STATUS_FAILED;
    }
    char *directory = outname_expand(
        settings->output ? settings->output : "mallocfail-out", settings->operands, diag);
    if (!directory) {
        return STATUS_FAILED;
    }
    const struct serve_options options = plan(settings, directory);
    struct preflight preflight = {
        .named = options.campaign.named,
        .named_count = options.campaign.named_count,
    };
    int status = preflight_find(&preflight, "{\"version\": 1, \"rules\": []}",
                                settings->operands[0], false, diag);
    if (status == 0 && preflight.breakpoints.patches) {
        status = static_program_lacks(&preflight, "serve", diag);
    }
    if (status == 0) {
        status = preflight_check_allocator(&preflight, settings->allocator, diag);
    }
    if (status == 0) {
        settings->reports.sources = settings->source_root;
        status = serve(&options, &settings->reports, &preflight, diag);
    }
    preflight_release(&preflight);
    free(directory);
    return status;
}

const struct command cmd_serve = {
    .name = "serve",
    .summary = "the same in a server while it runs",
    .bit = COMMAND_SERVE,
    .function = test_server,
    .ends = true,
    .operands = OPERANDS_PROGRAM,
    .usage =
        "Usage: mallocfail serve --ready COMMAND --drive COMMAND [OPTION...] [--]\n"
        "       SERVER [ARGUMENT...]\n"
        "\n"
        "Starts SERVER once, learns what it allocates while the command of --drive runs,\n"
        "and makes that fail: one allocation in each drive, one for each stack. SERVER\n"
        "keeps running; it is restarted only after a failure broke it.\n",
    .notes =
        "SERVER must stay in the foreground.\n"
        "\n"
        "Exit status: 0 no defect, 1 defects, 124 if SERVER was not ready in time, 125\n"
        "if it failed or nothing was tested, 126 and 127 as in env(1), 128+N at signal N.\n",
};
