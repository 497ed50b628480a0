// SPDX-License-Identifier: MIT
/**
 * The table of options: the name of each, the commands that have it, its argument, the member of
 * the settings that it sets, and its text in --help.
 *
 * The table is used in four ways: to parse a command line, to decide between a single run and an
 * exploration, for --help, and for completion in shells.
 */
#ifndef MF_RUNNER_CMD_OPTION_TABLE_H
#define MF_RUNNER_CMD_OPTION_TABLE_H

#include "runner/cmd/settings.h"
#include "runner/util/diag.h"

/** Commands, as bits of a set. */
enum command_bit {
    COMMAND_RUN = 1 << 0,
    COMMAND_EXPLORE = 1 << 1,
    COMMAND_REPLAY = 1 << 2,
    COMMAND_CHECK = 1 << 3,
    COMMAND_TRACE = 1 << 4,
    COMMAND_HISTOGRAM = 1 << 5,
    COMMAND_REPORT = 1 << 6,
    COMMAND_MERGE = 1 << 7,
    COMMAND_CTL = 1 << 8,
    COMMAND_SUITE = 1 << 9,
    COMMAND_LIST = 1 << 10,
    COMMAND_HELP = 1 << 11,
    COMMAND_VERSION = 1 << 12,
    COMMAND_SERVE = 1 << 13,
    COMMAND_ALL = (1 << 14) - 1,
    /** Not a command: if the command line names no command, this option selects run. */
    COMMAND_SINGLE = 1 << 30,
};

/** The kind of an option's argument, and how it is stored in the settings. */
enum option_kind {
    /** No argument: prints the help of the command, or the version, and exits. */
    OPTION_HELP,
    OPTION_VERSION,
    /** No argument: true in a bool. */
    OPTION_FLAG,
    /** A text, unchanged, in a const char pointer. */
    OPTION_FILE,
    OPTION_DIRECTORY,
    OPTION_POLICY,
    OPTION_COMMAND,
    /** The name of a file; the option may be repeated: a struct settings_list. */
    OPTION_LIST,
    /** A duration above zero: nanoseconds in a uint64_t. */
    OPTION_DURATION,
    /** A whole number from `min` to `max`: a uint64_t. */
    OPTION_COUNT,
    /** One of `words`: one more than its index, in a uint32_t. */
    OPTION_CHOICE,
    /** One of `words`: the word, in a const char pointer. */
    OPTION_WORD,
    /** Anything that `set` can parse. */
    OPTION_OTHER,
};

/** The argument of an option. */
struct option_value {
    enum option_kind kind;
    /** Offset of the member of the settings. */
    size_t offset;
    uint64_t min, max;
    /**
     * The words to choose from, ended by NULL. With OPTION_OTHER: the words that shells offer,
     * NULL = none; the user has to continue a word that ends in a colon.
     */
    const char *const *words;
    /** With OPTION_OTHER: a description of valid values, for messages. */
    const char *use;
    /**
     * Parse the argument of an OPTION_OTHER and set its member.
     *
     * @return
     *         0 on success, 1 if the text is not a valid value, -1 on failure, after a message
     *         was printed.
     */
    int (*set)(struct settings *settings, const char *text, const struct diag *diag);
};

/** A row: an option of some commands. */
struct option_row {
    /** A set of enum command_bit. */
    unsigned commands;
    const char *name;
    /** Its short form; 0 = none. */
    char letter;
    /** The name of its argument in --help; NULL = no argument. */
    const char *argument;
    struct option_value value;
    /** Its text in --help, which breaks lines by itself, and at each newline. NULL = it shares
     * the line of the next row, which is of the same commands. */
    const char *help;
};

/** At least the number of rows. */
#define OPTION_TABLE_MAX 120

/** A row, in the order of --help; NULL after the last one. */
const struct option_row *option_table_row(size_t index);

/**
 * Find an option.
 *
 * @commands
 *         A set of commands; the first row that belongs to one of them is found.
 * @return
 *         NULL if none of them has the option.
 */
const struct option_row *option_table_find(unsigned commands, const char *name);

/** The same by its letter. */
const struct option_row *option_table_letter(unsigned commands, char letter);

#endif
