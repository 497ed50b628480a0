// SPDX-License-Identifier: MIT
/** The settings: the values of the options of a command line. */
#ifndef MF_RUNNER_CMD_SETTINGS_H
#define MF_RUNNER_CMD_SETTINGS_H

#include "runner/formats/destinations.h"
#include "runner/trials/campaign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_row;

/** The value of --exit; 0 = not given. */
enum settings_exit {
    SETTINGS_EXIT_TARGET = 1,
    SETTINGS_EXIT_VERDICT,
};

/** The value of --if-nothing; 0 = not given. */
enum settings_nothing {
    SETTINGS_NOTHING_ERROR = 1,
    SETTINGS_NOTHING_SKIP,
    SETTINGS_NOTHING_OK,
};

/** The value of --format of `mallocfail trace`; 0 = not given. */
enum settings_trace {
    SETTINGS_TRACE_TSV = 1,
    SETTINGS_TRACE_FOLDED,
    SETTINGS_TRACE_JSON,
};

/** The values of an option that may be given more than once. */
struct settings_list {
    const char **words;
    size_t count;
};

/** Options from the environment and from a file; see defaults.h. */
struct settings_defaults {
    /** Texts to which settings point, and a line for each option, to show to the user. */
    struct settings_list texts, lines;
};

/**
 * The values of the options of all commands; each command reads those that it has. 0 or NULL =
 * not given. Texts belong to the command line.
 */
struct settings {
    /** Whether the command line names the subcommand. */
    bool named;
    /** The arguments after the options, ended by NULL, such as PROGRAM and its arguments. */
    char **operands;
    /** Whether "--" precedes them. */
    bool closed;
    /** The option whose pattern is the name of an existing file, perhaps because a shell has
     * expanded it; NULL = none. */
    const char *expanded;
    /** The option whose argument is the last word of the command line, and that word; NULL =
     * another word is the last one. */
    const struct option_row *last;
    const char *last_text;
    struct settings_defaults defaults;

    /** Options of several commands. */
    bool quiet, verbose;
    const char *policy, *output, *input, *prepare, *source_root;
    uint64_t timeout_ns;
    /** One more than the enum mf_allocator. */
    uint32_t allocator;
    /** An enum settings_nothing. */
    uint32_t if_nothing;
    struct destinations reports;

    /** Options of run. An enum settings_exit. */
    uint32_t exit;
    bool no_trace, fill, force;
    const char *reproducer;

    /** Options of ctl. */
    uint64_t fail_next;
    bool off, status;

    /** Options of explore: those that are passed on to the campaign unchanged, and others. */
    struct campaign_options campaign;
    struct settings_list watch, ignore, broke_in, allocations;
    uint64_t jobs;
    /** One more than the enum strategy. */
    uint32_t strategy;

    /** Options of suite. */
    struct settings_list programs;
    uint64_t hold_ns;
    /** In thousandths; 0 = not given. */
    uint64_t within;
    bool fresh;
    uint64_t fresh_ns;

    /** Options of serve. */
    const char *ready, *drive, *health;
    uint64_t ready_ns;

    /** Options of replay. */
    bool gdb;

    /** Options of report. */
    const char *format;

    /** Options of trace. An enum settings_trace; one more than the enum trace_weight. */
    uint32_t trace_format, weight;
    bool stacks, all;

    /** Options of histogram. */
    uint64_t below, top;
    const char *svg, *html;
};

/** The exit status if nothing was tested. */
int settings_nothing(const struct settings *settings);

/** Release the memory of the settings; does nothing if all members are zero. */
void settings_destroy(struct settings *settings);

#endif
