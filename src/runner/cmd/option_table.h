// SPDX-License-Identifier: MIT
/**
 * The table of options: the name of each, which commands have it, its argument, where
 * that goes, and what --help says.
 *
 * Four things go by this table: reading a command line, telling a single run from an
 * exploration, --help, and completion in shells.
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
    /** No command, but a mark: where the command line names none, the option means run. */
    COMMAND_SINGLE = 1 << 30,
};

/** What an option takes, and what of it is put into the settings. */
enum option_kind {
    /** Nothing: prints the help of the command, or the version, and ends. */
    OPTION_HELP,
    OPTION_VERSION,
    /** Nothing: true in a bool. */
    OPTION_FLAG,
    /** A text, as it is, in a const char pointer. */
    OPTION_FILE,
    OPTION_DIRECTORY,
    OPTION_POLICY,
    OPTION_COMMAND,
    /** The name of a file, more than once if need be: a struct settings_list. */
    OPTION_LIST,
    /** A length of time above zero: nanoseconds in a uint64_t. */
    OPTION_DURATION,
    /** A whole number from `min` to `max`: a uint64_t. */
    OPTION_COUNT,
    /** One of `words`: one more than its index, in a uint32_t. */
    OPTION_CHOICE,
    /** One of `words`: the word, in a const char pointer. */
    OPTION_WORD,
    /** What `set` can read. */
    OPTION_OTHER,
};

/** What an option takes, in full. */
struct option_value {
    enum option_kind kind;
    /** Where it goes in the settings. */
    size_t offset;
    uint64_t min, max;
    /**
     * The words to choose from, up to a NULL. With OPTION_OTHER they are what shells
     * offer: a word that ends in a colon is to be continued, and NULL = no words.
     */
    const char *const *words;
    /** With OPTION_OTHER: what messages tell users to write. */
    const char *use;
    /**
     * Set what an OPTION_OTHER says.
     *
     * @return
     *         0 on success, 1 if the text is not a valid value, -1 on failure with the
     *         user told.
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
    /** What --help calls its argument; NULL = it takes none. */
    const char *argument;
    struct option_value value;
    /** What --help says; it breaks lines by itself, and at each newline. NULL = it shares
     * the line of the next row, which is of the same commands. */
    const char *help;
};

/** No fewer than there are rows. */
#define OPTION_TABLE_MAX 120

/** A row, in the order of --help; NULL behind the last one. */
const struct option_row *option_table_row(size_t index);

/**
 * Find an option.
 *
 * @commands
 *         The set of commands that may have it: the first one's row is found.
 * @return
 *         NULL where none of them has it.
 */
const struct option_row *option_table_find(unsigned commands, const char *name);

/** The same by its letter. */
const struct option_row *option_table_letter(unsigned commands, char letter);

#endif
