// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/outname.h"
#include "runner/cmd/shorthand.h"
#include "runner/explore/explore.h"
#include "runner/target/image.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1                   ? 1
           : count > CAMPAIGN_JOBS_MAX ? CAMPAIGN_JOBS_MAX
                                       : (unsigned)count;
}

/** Whether the options fit together, and what they name is there; the user is told. */
static bool fit(const struct settings *settings, const struct diag *diag) {
    if (!settings->operands[0]) {
        advice_missing(&cmd_explore, settings, "program", diag);
        return false;
    }
    struct stat input;
    int bad = settings->input ? access(settings->input, R_OK) : 0;
    if (!bad && settings->input && stat(settings->input, &input) == 0 &&
        S_ISDIR(input.st_mode)) {
        errno = EISDIR;
        bad = -1;
    }
    if (bad) {
        diag_error(diag, "cannot read '%s' (--input): %s", settings->input,
                   strerror(errno));
        return false;
    }
    if (settings->campaign.list && settings->reports.count > 0) {
        diag_error(diag, "--list tries no failure, so --report has nothing to report: "
                         "leave one of them out");
        return false;
    }
    return shorthand_fits(settings, false, diag);
}

/** From when on allocations count, where the user does not say: from the first one that can
 * fail. What static programs do before their constructors is the C library's own. */
static const char *default_arm(const struct preflight *preflight) {
    return preflight->breakpoints.patches ? "load" : "startup";
}

static int explore_program(struct campaign_options *settings,
                           const struct destinations *reports, struct diag *diag) {
    struct preflight preflight = {
        .named = settings->named,
        .named_count = settings->named_count,
        .also = settings->also,
    };
    int status = preflight_find(&preflight, "{\"version\": 1, \"rules\": []}",
                                settings->argv[0], false, diag);
    if (status == 0 && settings->scratch && program_anchor(&preflight.program) != 0) {
        diag_error(diag, "cannot tell the working directory: %s", strerror(errno));
        status = STATUS_FAILED;
    }
    settings->arm = settings->arm ? settings->arm : default_arm(&preflight);
    if (status == 0) {
        status = preflight_check_allocator(&preflight, settings->allocator, diag);
    }
    if (status == 0 && settings->leaks) {
        status = preflight_check_blocks(&preflight, "--leaks", false, diag);
    }
    if (status == 0) {
        status = explore(settings, reports, &preflight, diag);
    }
    preflight_release(&preflight);
    return status;
}

/** Whether two runs at a time would get into each other's way. */
static bool is_serial(const struct campaign_options *campaign) {
    const struct watch watch = {
        .names = campaign->watch,
        .count = campaign->watch_count,
        .scratch = campaign->scratch,
    };
    // What prepares one run would pull the carpet from under another.
    return (campaign->prepare && !campaign->scratch) || watch_is_shared(&watch);
}

/** What the user wants of the campaign. Borrows from the settings. */
static struct campaign_options plan(const struct settings *settings,
                                    const char *directory) {
    struct campaign_options campaign = settings->campaign;
    campaign.argv = settings->operands;
    campaign.directory = directory;
    campaign.input = settings->input;
    campaign.prepare = settings->prepare;
    campaign.watch = settings->watch.words;
    campaign.watch_count = settings->watch.count;
    campaign.allocator = settings->allocator;
    campaign.named = settings->allocations.words;
    campaign.named_count = settings->allocations.count;
    campaign.timeout_ns = settings->timeout_ns;
    campaign.nothing = settings_nothing(settings);
    campaign.ignore = settings->ignore.words;
    campaign.ignore_count = settings->ignore.count;
    campaign.broke_in = settings->broke_in.words;
    campaign.broke_in_count = settings->broke_in.count;
    campaign.jobs = settings->jobs ? (unsigned)settings->jobs : processors();
    if (!campaign.modes) {
        campaign.modes = 1u << TRIAL_ONCE | 1u << TRIAL_PERSISTENT;
    }
    if (settings->strategy) {
        campaign.strategy = (enum strategy)(settings->strategy - 1);
    }
    campaign.serial = is_serial(&campaign);
    return campaign;
}

/**
 * Watch a program that brings its own malloc, for nothing can be made to fail in it.
 *
 * @return
 *         STATUS_DEFECT where it crashed even so, STATUS_GOOD where nothing was tested.
 */
static int run_watched(char **program, struct diag *diag) {
    struct settings settings = {
        .named = true,
        .operands = program,
        .exit = SETTINGS_EXIT_VERDICT,
    };
    return cmd_run.function(&settings, diag);
}

static int explore_all(struct settings *settings, struct diag *diag) {
    if (!fit(settings, diag)) {
        return STATUS_FAILED;
    }
    if (preflight_own_malloc(settings->operands[0])) {
        int status = run_watched(settings->operands, diag);
        if (status != STATUS_GOOD) {
            return status;
        }
    }
    char *directory = outname_expand(
        settings->output ? settings->output : "mallocfail-out", settings->operands, diag);
    if (!directory) {
        return STATUS_FAILED;
    }
    struct campaign_options campaign = plan(settings, directory);
    settings->reports.sources = settings->source_root;
    // Every run's own output is captured.
    destinations_use_stdout(&settings->reports);
    int status = explore_program(&campaign, &settings->reports, diag);
    free(directory);
    return status;
}

const struct command cmd_explore = {
    .name = "explore",
    .summary = "make each allocation of PROGRAM fail in turn: the default",
    .bit = COMMAND_EXPLORE,
    .function = explore_all,
    .ends = true,
    .operands = OPERANDS_PROGRAM,
    .usage = "Usage: mallocfail [explore] [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
             "\n"
             "Makes each allocation of PROGRAM fail in turn, and reports what breaks.\n",
    .notes =
        "Exit status: 0 no defect, 1 defects, 124 if the clean run timed out, 125 if it\n"
        "failed or nothing was tested, 126 and 127 as in env(1), 128+N at signal N.\n",
};
