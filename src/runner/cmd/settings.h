// SPDX-License-Identifier: MIT
/** The settings: what a command line says. */
#ifndef MF_RUNNER_CMD_SETTINGS_H
#define MF_RUNNER_CMD_SETTINGS_H

#include "runner/formats/destinations.h"
#include "runner/trials/campaign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_row;

/** What --exit says; 0 = nothing. */
enum settings_exit {
    SETTINGS_EXIT_TARGET = 1,
    SETTINGS_EXIT_VERDICT,
};

/** What --if-nothing says; 0 = nothing. */
enum settings_nothing {
    SETTINGS_NOTHING_ERROR = 1,
    SETTINGS_NOTHING_SKIP,
    SETTINGS_NOTHING_OK,
};

/** What --format of `mallocfail trace` says; 0 = nothing. */
enum settings_trace {
    SETTINGS_TRACE_TSV = 1,
    SETTINGS_TRACE_FOLDED,
    SETTINGS_TRACE_JSON,
};

/** What an option says that may be given more than once. */
struct settings_list {
    const char **words;
    size_t count;
};

/** What options came from elsewhere than the command line; see defaults.h. */
struct settings_defaults {
    /** Texts that settings borrow, and a line for each option, for the user. */
    struct settings_list texts, lines;
};

/**
 * What the options of all commands say; each command reads those that it has. All zeroes
 * = nothing was said. Texts belong to the command line.
 */
struct settings {
    /** Whether the command line names the subcommand. */
    bool named;
    /** What stands behind the options, up to a NULL: PROGRAM and its arguments, say. */
    char **operands;
    /** Whether "--" stands in front of them. */
    bool closed;
    /** The option whose pattern is the name of a file that is there, as after a shell has
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

    /** Options of explore that go into the campaign as they are, and others. */
    struct campaign_options campaign;
    struct settings_list watch, ignore, broke_in, allocations;
    uint64_t jobs;
    /** One more than the enum strategy. */
    uint32_t strategy;

    /** Options of suite. */
    struct settings_list programs;
    uint64_t hold_ns;
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

/** The exit status where nothing was tested. */
int settings_nothing(const struct settings *settings);

/** Release what reading the options took; fine on settings that are all zeroes. */
void settings_destroy(struct settings *settings);

#endif
