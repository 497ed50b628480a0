// SPDX-License-Identifier: MIT
#include "runner/cmd/options.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/defaults.h"
#include "runner/cmd/help.h"
#include "runner/cmd/option_value.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/** Find the next option; -1 if there is none. */
static int next_option(const struct spelling *spelling, int argc, char **argv) {
    return getopt_long(argc, argv, spelling->letters, spelling->names, NULL);
}

/** The word that holds the letter which getopt_long() did not know, where that is one long
 * option with a single dash; else the letter by itself. */
static const char *find_word(char *const *argv, char letter[3]) {
    for (int i = optind - 1; i <= optind && argv[i]; i++) {
        if (i > 0 && argv[i][0] == '-' && argv[i][1] == letter[1] && argv[i][2]) {
            return argv[i];
        }
    }
    return letter;
}

/**
 * Tell the user what getopt_long() did not like, with `optind` as it was left.
 *
 * @result
 *         What getopt_long() returned: '?' or ':'.
 */
static void complain(int result, char *const *argv, const struct command *command,
                     bool named, const struct diag *diag) {
    const char *word = argv[optind - 1], *own = named ? command->name : "";
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(word, "--", 2) == 0;
    if (result != ':' && !(is_long && optopt)) {
        bool is_letter = !is_long && optopt;
        advice_option(command, named, is_letter ? find_word(argv, letter) : word, argv,
                      diag);
        return;
    }
    diag_error(diag, "option '%s' %s argument: try 'mallocfail %s%s--help'",
               is_long || !optopt ? word : letter,
               result == ':' ? "needs an" : "takes no", own, *own ? " " : "");
}

/** Act on one option; as options_read(). */
static int act(const struct command *command, const struct option_row *row,
               struct settings *settings, const struct diag *diag) {
    int status;
    switch (row->value.kind) {
    case OPTION_HELP:
        status = settings->named ? help_print(command, diag) : help_overview(diag);
        break;
    case OPTION_VERSION:
        status = cmd_print(diag, "mallocfail " PACKAGE_VERSION "\n");
        break;
    default:
        return option_value_set(row, settings, optarg, diag);
    }
    return status == 0 ? 1 : -1;
}

/** Note a pattern that is the name of a file: a shell may have made that of it. */
static void note_pattern(struct settings *settings, const struct option_row *row) {
    if (row->argument && strcmp(row->argument, "GLOB") == 0 && !settings->expanded &&
        access(optarg, F_OK) == 0) {
        settings->expanded = row->name;
    }
}

int options_read(const struct command *command, struct settings *settings, int argc,
                 char **argv, const struct diag *diag) {
    struct spelling spelling;
    int option;
    if (defaults_read(command, settings, diag) != 0) {
        return -1;
    }
    spell(&spelling, command->bit, command->ends);
    // From the start; GNU's getopt_long() forgets all with that.
    optind = 0;
    opterr = 0;
    while ((option = next_option(&spelling, argc, argv)) != -1) {
        const struct option_row *row = find_row(&spelling, option);
        if (!row) {
            complain(option, argv, command, settings->named, diag);
            return -1;
        }
        int result = act(command, row, settings, diag);
        if (result != 0) {
            return result;
        }
        note_pattern(settings, row);
        bool is_last = row->argument && optind == argc && optarg == argv[argc - 1];
        settings->last = is_last ? row : NULL;
        settings->last_text = optarg;
    }
    settings->operands = argv + optind;
    settings->closed = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
    struct stat root;
    if (settings->source_root &&
        (stat(settings->source_root, &root) != 0 || !S_ISDIR(root.st_mode))) {
        diag_error(diag, "--source-root takes a directory, and '%s' is not one",
                   settings->source_root);
        return -1;
    }
    return 0;
}

/** How many words there are. */
static int count_words(char *const *argv) {
    int count = 0;
    while (argv[count]) {
        count++;
    }
    return count;
}

const struct option_row *options_single(char *const *argv) {
    struct spelling spelling;
    const struct option_row *single = NULL;
    int option, argc = count_words(argv);
    spell(&spelling, COMMAND_RUN | COMMAND_EXPLORE, true);
    optind = 0;
    opterr = 0;
    while ((option = next_option(&spelling, argc, (char **)argv)) != -1) {
        // One that lacks its argument says as much.
        const struct option_row *row =
            find_row(&spelling, option == ':' ? optopt : option);
        if (row && !single &&
            ((row->commands & COMMAND_SINGLE) ||
             !option_table_find(COMMAND_EXPLORE, row->name))) {
            single = row;
        }
    }
    return single;
}

int options_find_command(char *const *argv) {
    struct spelling spelling;
    int argc = count_words(argv);
    spell(&spelling, COMMAND_ALL, true);
    optind = 0;
    opterr = 0;
    while (next_option(&spelling, argc, (char **)argv) != -1) {
    }
    bool closed = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
    return optind < argc && !closed && cmd_find(argv[optind]) ? optind : 0;
}
