// SPDX-License-Identifier: MIT
#include "runner/cmd/options.h"

#include "runner/cmd/help.h"
#include "runner/cmd/option_value.h"

#include <getopt.h>
#include <string.h>

/** What getopt_long() returns for the table's first row, which no letter is. */
#define FIRST_ROW 256

/** The options of some commands, in getopt_long()'s words. */
struct spelling {
    unsigned commands;
    struct option names[OPTION_TABLE_MAX + 1];
    char letters[2 * OPTION_TABLE_MAX + 3];
};

/**
 * Spell the options of some commands; each name once, lest its abbreviations be none.
 *
 * @ends
 *         Whether the first operand ends the options.
 */
static void spell(struct spelling *spelling, unsigned commands, bool ends) {
    const struct option_row *row;
    size_t count = 0;
    char *letter = spelling->letters;
    *spelling = (struct spelling){.commands = commands};
    letter = stpcpy(letter, ends ? "+:" : ":");
    for (int i = 0; (row = option_table_row((size_t)i)); i++) {
        if (option_table_find(commands, row->name) != row) {
            continue;
        }
        spelling->names[count++] = (struct option){
            .name = row->name,
            .has_arg = row->argument ? required_argument : no_argument,
            .val = FIRST_ROW + i,
        };
        if (row->letter) {
            *letter++ = row->letter;
            letter = stpcpy(letter, row->argument ? ":" : "");
        }
    }
}

/** The row of what getopt_long() found; NULL where it found none. */
static const struct option_row *find_row(const struct spelling *spelling, int option) {
    return option >= FIRST_ROW ? option_table_row((size_t)(option - FIRST_ROW))
                               : option_table_letter(spelling->commands, (char)option);
}

/** Find the next option; -1 where there is none. */
static int next_option(const struct spelling *spelling, int argc, char **argv) {
    return getopt_long(argc, argv, spelling->letters, spelling->names, NULL);
}

/**
 * Tell the user what getopt_long() did not like, with `optind` as it was left.
 *
 * @result
 *         What getopt_long() returned: '?' or ':'.
 * @own
 *         The name of the command; empty where there is none on the command line.
 */
static void complain(int result, char *const *argv, const char *own,
                     const struct diag *diag) {
    const char *word = argv[optind - 1];
    const char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(word, "--", 2) == 0;
    const char *name = is_long || !optopt ? word : letter;
    const char *before = "unknown ", *behind = "";
    if (result == ':') {
        before = "";
        behind = " needs an argument";
    } else if (is_long && optopt) {
        before = "";
        behind = " takes no argument";
    }
    diag_error(diag, "%soption '%s'%s: try 'mallocfail %s%s--help'", before, name, behind,
               own, *own ? " " : "");
}

/** Act on one option; as options_read(). */
static int act(const struct command *command, const struct option_row *row,
               struct settings *settings, const struct diag *diag) {
    int status;
    switch (row->value.kind) {
    case OPTION_HELP:
        status = help_print(command, diag);
        break;
    case OPTION_VERSION:
        status = cmd_print(diag, "mallocfail " PACKAGE_VERSION "\n");
        break;
    default:
        return option_value_set(row, settings, optarg, diag);
    }
    return status == 0 ? 1 : -1;
}

int options_read(const struct command *command, struct settings *settings, int argc,
                 char **argv, const struct diag *diag) {
    struct spelling spelling;
    int option;
    spell(&spelling, command->bit, command->ends);
    // From the start; GNU's getopt_long() forgets all with that.
    optind = 0;
    opterr = 0;
    while ((option = next_option(&spelling, argc, argv)) != -1) {
        const struct option_row *row = find_row(&spelling, option);
        if (!row) {
            complain(option, argv, settings->named ? command->name : "", diag);
            return -1;
        }
        int result = act(command, row, settings, diag);
        if (result != 0) {
            return result;
        }
    }
    settings->operands = argv + optind;
    return 0;
}

bool options_mean_run(int argc, char **argv) {
    struct spelling spelling;
    bool single = false;
    int option;
    spell(&spelling, COMMAND_RUN | COMMAND_EXPLORE, true);
    optind = 0;
    opterr = 0;
    while ((option = next_option(&spelling, argc, argv)) != -1) {
        // One that lacks its argument says as much.
        const struct option_row *row =
            find_row(&spelling, option == ':' ? optopt : option);
        single |= row && !option_table_find(COMMAND_EXPLORE, row->name);
    }
    return single;
}
