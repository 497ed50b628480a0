// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/cmd/outname.h"
#include "runner/explore/explore.h"
#include "runner/target/image.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: mallocfail [explore] [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
    "\n"
    "Makes each allocation of PROGRAM fail in turn, and reports what breaks.\n"
    "\n"
    "  -o, --output DIR          results (default mallocfail-out); %p is PROGRAM's name\n"
    "      --report FORMAT:FILE  write a report too: text, json, junit, sarif, html or\n"
    "                            github; paths in it are relative to --source-root DIR\n"
    "      --points WHICH        stacks (one failure for each stack; the default), all,\n"
    "                            or sample:N\n"
    "      --mode LIST           once, persistent (one and all after), pairs; default\n"
    "                            once,persistent\n"
    "      --strategy HOW        auto (the default), in-place or fresh\n"
    "      --arm WHEN            load, main or startup, as in policies\n"
    "  -j, --jobs N              processes at once (default: one for each processor)\n"
    "      --allocator WHICH     next, or pages: each block on pages of its own, so "
    "that\n"
    "                            misuse of the heap shows\n"
    "      --input FILE          what PROGRAM reads (default: nothing)\n"
    "      --scratch             give each run an empty working directory\n"
    "      --prepare COMMAND     run this before each run\n"
    "      --watch FILE          PROGRAM writes this: compare it, too; more than once "
    "if\n"
    "                            need be\n"
    "      --check COMMAND       judge outputs: MALLOCFAIL_STDOUT, _STDERR, _STATUS and\n"
    "                            _DIRECTORY tell; 0 = fine, 1 = wrong\n"
    "      --leaks               find blocks that are left where a clean run frees all\n"
    "      --follow              let the processes that PROGRAM starts fail, too, and "
    "count\n"
    "                            their deaths\n"
    "      --timeout TIME        for each run (default: by the clean run's)\n"
    "      --budget TIME, --max N  stop trying after this\n"
    "      --shard K/N, --seed N   this part of the points; what a sample is drawn by\n"
    "      --only-module GLOB, --skip-module GLOB\n"
    "                            only allocations of such libraries or programs; none\n"
    "                            of such\n"
    "      --resume DIR          go on from results that are not complete\n"
    "      --aborts              count aborts by design as defects\n"
    "      --baseline FILE       known defects, which do not count;\n"
    "                            --update-baseline writes it\n"
    "  -q, --quiet; -v, --verbose; -h, --help; -V, --version\n"
    "\n"
    "With --policy FILE it runs PROGRAM once: 'mallocfail run --help'. Subcommands: "
    "run,\n"
    "explore, merge, report, replay, check, trace, histogram, ctl.\n"
    "\n"
    "Exit status: 0 no defect, 1 defects, 124 if the clean run takes too long, 125 if\n"
    "mallocfail failed or nothing could be tested, 126 and 127 as in env(1).\n";

enum {
    OPTION_POINTS = 256,
    OPTION_REPORT,
    OPTION_SOURCE_ROOT,
    OPTION_MODE,
    OPTION_STRATEGY,
    OPTION_ARM,
    OPTION_INPUT,
    OPTION_SCRATCH,
    OPTION_PREPARE,
    OPTION_WATCH,
    OPTION_LEAKS,
    OPTION_FOLLOW,
    OPTION_CHECK,
    OPTION_TIMEOUT,
    OPTION_BUDGET,
    OPTION_MAX,
    OPTION_SHARD,
    OPTION_SEED,
    OPTION_ABORTS,
    OPTION_BASELINE,
    OPTION_UPDATE_BASELINE,
    OPTION_RESUME,
    OPTION_ONLY_MODULE,
    OPTION_SKIP_MODULE,
    OPTION_ALLOCATOR,
};

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"source-root", required_argument, NULL, OPTION_SOURCE_ROOT},
    {"points", required_argument, NULL, OPTION_POINTS},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"strategy", required_argument, NULL, OPTION_STRATEGY},
    {"arm", required_argument, NULL, OPTION_ARM},
    {"jobs", required_argument, NULL, 'j'},
    {"input", required_argument, NULL, OPTION_INPUT},
    {"scratch", no_argument, NULL, OPTION_SCRATCH},
    {"prepare", required_argument, NULL, OPTION_PREPARE},
    {"watch", required_argument, NULL, OPTION_WATCH},
    {"leaks", no_argument, NULL, OPTION_LEAKS},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"check", required_argument, NULL, OPTION_CHECK},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"budget", required_argument, NULL, OPTION_BUDGET},
    {"max", required_argument, NULL, OPTION_MAX},
    {"shard", required_argument, NULL, OPTION_SHARD},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"aborts", no_argument, NULL, OPTION_ABORTS},
    {"baseline", required_argument, NULL, OPTION_BASELINE},
    {"update-baseline", no_argument, NULL, OPTION_UPDATE_BASELINE},
    {"resume", required_argument, NULL, OPTION_RESUME},
    {"only-module", required_argument, NULL, OPTION_ONLY_MODULE},
    {"skip-module", required_argument, NULL, OPTION_SKIP_MODULE},
    {"allocator", required_argument, NULL, OPTION_ALLOCATOR},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/** Read a whole number of at least `min`. */
static int read_number(uint64_t *value, uint64_t min) {
    char *end;
    errno = 0;
    *value = strtoull(optarg, &end, 10);
    bool good = *optarg >= '0' && *optarg <= '9' && *end == '\0' && errno == 0;
    return good && *value >= min ? 0 : -1;
}

static int read_modes(unsigned *modes) {
    const char *at = optarg;
    *modes = 0;
    while (true) {
        size_t length = strcspn(at, ",");
        unsigned bit = trial_mode_bit(at, length);
        if (!bit) {
            return -1;
        }
        // Second failures go by what the first ones do.
        *modes |= bit | (bit == 1u << TRIAL_PAIRS ? 1u << TRIAL_ONCE : 0);
        if (at[length] == '\0') {
            return 0;
        }
        at += length + 1;
    }
}

static int read_strategy(enum strategy *strategy) {
    static const char *const names[] = {"auto", "in-place", "fresh"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(optarg, names[i]) == 0) {
            *strategy = (enum strategy)i;
            return 0;
        }
    }
    return -1;
}

static int read_arm(const char **arm) {
    static const char *const names[] = {"load", "main", "startup"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(optarg, names[i]) == 0) {
            *arm = names[i];
            return 0;
        }
    }
    return -1;
}

static int read_jobs(unsigned *jobs) {
    uint64_t number;
    if (read_number(&number, 1) != 0 || number > CAMPAIGN_JOBS_MAX) {
        return -1;
    }
    *jobs = (unsigned)number;
    return 0;
}

/** Set an option that takes a value out of a range; -1 where it is no such value. */
static int set_value(struct campaign_options *settings, int option) {
    switch (option) {
    case OPTION_POINTS:
        return points_read_kind(optarg, &settings->choice);
    case OPTION_MODE:
        return read_modes(&settings->modes);
    case OPTION_STRATEGY:
        return read_strategy(&settings->strategy);
    case OPTION_ARM:
        return read_arm(&settings->arm);
    case 'j':
        return read_jobs(&settings->jobs);
    case OPTION_TIMEOUT:
        return options_duration(optarg, &settings->timeout_ns);
    case OPTION_BUDGET:
        return options_duration(optarg, &settings->budget_ns);
    case OPTION_MAX:
        return read_number(&settings->max, 1);
    case OPTION_SHARD:
        return points_read_shard(optarg, &settings->choice);
    default:
        return read_number(&settings->choice.seed, 0);
    }
}

/** Add a pattern for modules; 0 on success. */
static int add_module(struct stacks_globs *globs, struct diag *diag) {
    const char *fault = stacks_add_glob(globs, optarg);
    if (fault) {
        diag_error(diag, "'%s' is no pattern for modules: %s", optarg, fault);
    }
    return fault ? -1 : 0;
}

/** Act on one option; 0, or 1 to end with success, or -1 to end with failure. */
static int set_option(struct campaign_options *settings, struct destinations *reports,
                      int option, char **argv, struct diag *diag) {
    switch (option) {
    case 'o':
        settings->directory = optarg;
        return 0;
    case OPTION_REPORT:
        return destinations_add(reports, optarg, diag);
    case OPTION_SOURCE_ROOT:
        reports->sources = optarg;
        return 0;
    case OPTION_INPUT:
        settings->input = optarg;
        return 0;
    case OPTION_SCRATCH:
        settings->scratch = true;
        return 0;
    case OPTION_PREPARE:
        settings->prepare = optarg;
        return 0;
    case OPTION_WATCH:
        settings->watch[settings->watch_count++] = optarg;
        return 0;
    case OPTION_LEAKS:
        settings->leaks = true;
        return 0;
    case OPTION_FOLLOW:
        settings->follow = true;
        return 0;
    case OPTION_CHECK:
        settings->check = optarg;
        return 0;
    case OPTION_ALLOCATOR:
        return options_allocator(optarg, &settings->allocator, diag);
    case OPTION_ABORTS:
        settings->aborts = true;
        return 0;
    case OPTION_BASELINE:
        settings->baseline = optarg;
        return 0;
    case OPTION_UPDATE_BASELINE:
        settings->update_baseline = true;
        return 0;
    case OPTION_RESUME:
        settings->resume = optarg;
        return 0;
    case OPTION_ONLY_MODULE:
        return add_module(&settings->choice.only, diag);
    case OPTION_SKIP_MODULE:
        return add_module(&settings->choice.skip, diag);
    case 'q':
    case 'v':
    case 'h':
    case 'V':
    case '?':
    case ':':
        return cmd_option(option, argv, help, diag);
    default:
        if (set_value(settings, option) == 0) {
            return 0;
        }
        diag_error(diag, "'%s' is no choice for '%s': try 'mallocfail --help'", optarg,
                   argv[optind - 1] == optarg ? argv[optind - 2] : argv[optind - 1]);
        return -1;
    }
}

/** Read the command line; as set_option(). */
static int read_options(struct campaign_options *settings, struct destinations *reports,
                        int argc, char **argv, struct diag *diag) {
    int option;
    while ((option = getopt_long(argc, argv, "+:o:j:qvhV", options, NULL)) != -1) {
        int result = set_option(settings, reports, option, argv, diag);
        if (result != 0) {
            return result;
        }
    }
    settings->argv = argv + optind;
    if (!settings->argv[0]) {
        diag_error(diag, "no program given: try 'mallocfail --help'");
        return -1;
    }
    if (settings->update_baseline && !settings->baseline) {
        diag_error(diag, "--update-baseline needs --baseline FILE");
        return -1;
    }
    if (settings->input && access(settings->input, R_OK) != 0) {
        diag_error(diag, "cannot read '%s': %s", settings->input, strerror(errno));
        return -1;
    }
    return 0;
}

static unsigned processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1                   ? 1
           : count > CAMPAIGN_JOBS_MAX ? CAMPAIGN_JOBS_MAX
                                       : (unsigned)count;
}

/** Write out the name of the results directory; -1 where it is none, with the user told.
 */
static int name_directory(struct campaign_options *settings, char **directory,
                          const struct diag *diag) {
    *directory = outname_expand(settings->directory, settings->argv[0]);
    if (!*directory) {
        diag_error(diag, "no directory can be called '%s': %s", settings->directory,
                   errno == EINVAL ? "a percent sign is followed by p (PROGRAM's name) "
                                     "or by another one"
                                   : strerror(errno));
        return -1;
    }
    settings->directory = *directory;
    return 0;
}

static int explore_program(const struct campaign_options *settings,
                           const struct destinations *reports, struct diag *diag) {
    struct preflight preflight = {0};
    int status = preflight_find(&preflight, "{\"version\": 1, \"rules\": []}",
                                settings->argv[0], false, diag);
    if (status == 0 && settings->scratch && program_anchor(&preflight.program) != 0) {
        diag_error(diag, "cannot tell the working directory: %s", strerror(errno));
        status = STATUS_FAILED;
    }
    if (status == 0) {
        status = preflight_check_allocator(&preflight, settings->allocator, diag);
    }
    if (status == 0) {
        status = explore(settings, reports, &preflight, diag);
    }
    preflight_release(&preflight);
    return status;
}

/** Whether two runs at a time would get into each other's way. */
static bool is_serial(const struct campaign_options *settings) {
    const struct watch watch = {
        .names = settings->watch,
        .count = settings->watch_count,
        .scratch = settings->scratch,
    };
    // What prepares one run would pull the carpet from under another.
    return (settings->prepare && !settings->scratch) || watch_is_shared(&watch);
}

/**
 * Watch a program that brings its own malloc, for nothing can be made to fail in it.
 *
 * @return
 *         STATUS_DEFECT where it crashed even so, STATUS_GOOD where nothing was tested.
 */
static int run_watched(struct diag *diag, char **program) {
    static const char *const words[] = {"run", "--exit", "verdict", "--"};
    const size_t given = sizeof(words) / sizeof(words[0]);
    size_t count = 0;
    while (program[count]) {
        count++;
    }
    char **list = calloc(given + count + 1, sizeof(list[0]));
    if (!list) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    memcpy(list, words, sizeof(words));
    memcpy(list + given, program, count * sizeof(list[0]));
    optind = 0;
    int status = cmd_run(diag, (int)(given + count), list);
    free(list);
    return status;
}

/** Release what reading the options took. */
static void release(struct campaign_options *settings, struct destinations *reports) {
    free(settings->watch);
    destinations_destroy(reports);
}

int cmd_explore(struct diag *diag, int argc, char **argv) {
    struct destinations reports = {0};
    struct campaign_options settings = {
        .arm = "load",
        .modes = 1u << TRIAL_ONCE | 1u << TRIAL_PERSISTENT,
        .jobs = processors(),
        .directory = "mallocfail-out",
    };
    settings.watch = calloc((size_t)argc, sizeof(settings.watch[0]));
    if (!settings.watch) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    int result = read_options(&settings, &reports, argc, argv, diag);
    if (result != 0) {
        release(&settings, &reports);
        return result > 0 ? STATUS_GOOD : STATUS_FAILED;
    }
    if (preflight_own_malloc(settings.argv[0])) {
        int status = run_watched(diag, settings.argv);
        if (status != STATUS_GOOD) {
            release(&settings, &reports);
            return status;
        }
    }
    settings.serial = is_serial(&settings);
    char *directory;
    int status = STATUS_FAILED;
    if (name_directory(&settings, &directory, diag) == 0) {
        status = explore_program(&settings, &reports, diag);
        free(directory);
    }
    release(&settings, &reports);
    return status;
}
