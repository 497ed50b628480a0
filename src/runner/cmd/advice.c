// SPDX-License-Identifier: MIT
#include "runner/cmd/advice.h"

#include "core/policy/spelling.h"
#include "runner/cmd/options.h"
#include "runner/cmd/shorthand.h"
#include "runner/target/program.h"
#include "runner/util/status.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Room for the names of commands and options in a message. */
#define NAMES_MAX 200

/** So many commands are named that have an option which another has not. */
#define OWNERS_MAX 4

/** The command that a word is near; NULL = none. */
static const char *near_command(const char *word) {
    const struct command *command;
    struct mf_spelling spelling = {.word = word};
    for (size_t i = 0; (command = cmd_at(i)); i++) {
        mf_spelling_offer(&spelling, command->name);
    }
    return spelling.likely;
}

void advice_command(const char *word, const struct diag *diag) {
    const char *near = near_command(word);
    if (near) {
        diag_error(diag, "'%s' is not a command: did you mean '%s'?", word, near);
    } else {
        diag_error(diag, "'%s' is not a command: 'mallocfail --help' lists them", word);
    }
}

void advice_missing(const struct command *command, const struct settings *settings,
                    const char *what, const struct diag *diag) {
    const struct option_row *row = settings->last;
    const char *own = settings->named ? command->name : "";
    if (row) {
        diag_error(diag, "no %s given: '%s' was read as the %s of --%s", what,
                   settings->last_text, row->argument, row->name);
        return;
    }
    diag_error(diag, "no %s given: try 'mallocfail %s%s--help'", what, own,
               *own ? " " : "");
}

int advice_operands(const struct command *command, char *const *operands, size_t most,
                    const struct diag *diag) {
    for (size_t i = 0; operands[i]; i++) {
        if (i == most) {
            diag_error(diag, "'%s' is one argument too many: try 'mallocfail %s --help'",
                       operands[i], command->name);
            return -1;
        }
    }
    return 0;
}

/** Write the commands that have an option: "'mallocfail run' and 'mallocfail trace'". */
static void write_owners(unsigned owners, char text[NAMES_MAX]) {
    const struct command *command;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; (command = cmd_at(i)) && used < NAMES_MAX; i++) {
        if (owners & command->bit) {
            owners &= ~(unsigned)command->bit;
            bool last = !(owners & COMMAND_ALL);
            const char *before = used == 0 ? "" : last ? " and " : ", ";
            used += (size_t)snprintf(text + used, NAMES_MAX - used, "%s'mallocfail %s'",
                                     before, command->name);
        }
    }
}

/** How many commands there are in a set. */
static unsigned count_commands(unsigned set) {
    unsigned count = 0;
    for (unsigned bit = 1; bit & COMMAND_ALL; bit <<= 1) {
        count += (set & bit) != 0;
    }
    return count;
}

/** The commands that have an option of that name, or letter. */
static unsigned find_owners(const char *name, char letter) {
    const struct option_row *row;
    unsigned owners = 0;
    for (size_t i = 0; (row = option_table_row(i)); i++) {
        bool same = letter ? row->letter == letter : strcmp(row->name, name) == 0;
        owners |= same ? row->commands & COMMAND_ALL : 0;
    }
    return owners;
}

/** Write the options that a word is short for; how many there are. */
static unsigned write_candidates(unsigned commands, const char *name,
                                 char text[NAMES_MAX]) {
    const struct option_row *row;
    unsigned count = 0;
    size_t used = 0;
    for (size_t i = 0; (row = option_table_row(i)) && *name; i++) {
        if ((row->commands & commands) && strncmp(row->name, name, strlen(name)) == 0 &&
            option_table_find(commands, row->name) == row && used < NAMES_MAX) {
            used += (size_t)snprintf(text + used, NAMES_MAX - used, "%s--%s",
                                     count++ > 0 ? ", " : "", row->name);
        }
    }
    return count;
}

void advice_near_option(unsigned commands, const char *name, char *text, size_t size) {
    const struct option_row *row;
    struct mf_spelling spelling = {.word = name};
    for (size_t i = 0; (row = option_table_row(i)); i++) {
        if (row->commands & commands) {
            mf_spelling_offer(&spelling, row->name);
        }
    }
    text[0] = '\0';
    if (spelling.likely) {
        snprintf(text, size, "did you mean '--%s'?", spelling.likely);
    }
}

/** Say that an option belongs to other commands than this one. */
static void tell_owners(const struct command *command, bool named, const char *word,
                        unsigned owners, char *const *argv, const struct diag *diag) {
    const struct option_row *single = named ? NULL : options_single(argv);
    char names[NAMES_MAX];
    if (single && command->bit == COMMAND_RUN && (owners & COMMAND_EXPLORE)) {
        diag_error(diag,
                   "'%s' is for trying every failure, and '--%s' means a single run: "
                   "leave one of them out",
                   word, single->name);
        return;
    }
    if (command->bit == COMMAND_EXPLORE &&
        (strcmp(word, "-p") == 0 || strcmp(word, "--policy") == 0)) {
        diag_error(diag,
                   "'%s' belongs to 'mallocfail run', which runs PROGRAM once; explore "
                   "tries every failure without a policy: leave '%s' or 'explore' out",
                   word, word);
        return;
    }
    if (command->bit == COMMAND_REPORT && strcmp(word, "--report") == 0) {
        diag_error(diag, "'mallocfail report' has no option '--report': use --format "
                         "FORMAT and -o FILE");
        return;
    }
    if (count_commands(owners) > OWNERS_MAX) {
        diag_error(diag, "'mallocfail %s' has no option '%s'", command->name, word);
        return;
    }
    write_owners(owners, names);
    bool alone = command->bit == COMMAND_SUITE && (owners & COMMAND_EXPLORE);
    diag_error(diag, "'%s' is an option of %s, not of 'mallocfail %s'%s", word, names,
               command->name,
               alone ? ": explore the programs of the suite one by one with it, as in "
                       "'make check LOG_COMPILER=\"mallocfail OPTION -o oom/%t\"'"
                     : "");
}

void advice_option(const struct command *command, bool named, const char *word,
                   char *const *argv, const struct diag *diag) {
    char name[64], text[NAMES_MAX];
    bool is_long = strncmp(word, "--", 2) == 0;
    const char *own = named ? command->name : "";
    snprintf(name, sizeof(name), "%s", is_long ? word + 2 : word + 1);
    name[strcspn(name, "=")] = '\0';
    char letter = is_long || name[1] ? '\0' : name[0];
    unsigned owners = find_owners(name, letter);
    if (owners && (is_long || letter)) {
        char shown[64];
        snprintf(shown, sizeof(shown), "%s%s", is_long ? "--" : "-", name);
        tell_owners(command, named, shown, owners, argv, diag);
        return;
    }
    if (is_long && write_candidates(command->bit, name, text) > 1) {
        diag_error(diag, "'%s' is short for several options: %s", word, text);
        return;
    }
    advice_near_option(command->bit, name, text, sizeof(text));
    if (!text[0] && is_long && !named) {
        advice_near_option(COMMAND_RUN | COMMAND_EXPLORE, name, text, sizeof(text));
    }
    if (text[0] && (is_long || name[1])) {
        diag_error(diag, "unknown option '%s': %s", word, text);
        return;
    }
    diag_error(diag, "unknown option '%s': try 'mallocfail %s%s--help'", word, own,
               *own ? " " : "");
}

/** Whether a program lies in the working directory. */
static bool is_here(const char *name) {
    char path[512];
    int length = snprintf(path, sizeof(path), "./%s", name);
    return length > 0 && (size_t)length < sizeof(path) && program_exists(path);
}

/** Whether a file of the working directory could be meant, but is not to be executed. */
static bool is_data(const char *name) {
    struct stat status;
    return stat(name, &status) == 0 && S_ISREG(status.st_mode);
}

/** Whether a file cannot be what the user wants to run, though it is there. */
static bool is_file_only(const char *name) {
    return access(name, F_OK) == 0 &&
           (!strchr(name, '/') || access(name, X_OK) != 0 || strstr(name, ".so"));
}

/** Whether many programs have options of that name, too. */
static bool is_common(const char *name) {
    static const char *const names[] = {
        "all",  "check",  "force", "format", "help",    "input",   "list",
        "max",  "next",   "off",   "output", "policy",  "program", "quiet",
        "seed", "status", "top",   "trace",  "verbose", "version", NULL,
    };
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/** Whether a word may belong to a number in front of it. */
static bool is_unit(const char *word) {
    static const char *const units[] = {"ms", "s", "m", "h", "K", "M", "G", "%", NULL};
    for (size_t i = 0; units[i]; i++) {
        if (strcmp(units[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/** Hint at the first option behind PROGRAM that is one of ours. */
static void hint_behind(unsigned commands, char *const *operands, bool wanting,
                        const struct diag *diag) {
    for (size_t i = 1; operands[i] && strcmp(operands[i], "--") != 0; i++) {
        char name[64];
        // Many programs have -p; where a policy is missing it is most likely ours.
        bool letter = strcmp(operands[i], "-p") == 0 && wanting;
        if (strncmp(operands[i], "--", 2) != 0 && !letter) {
            continue;
        }
        snprintf(name, sizeof(name), "%s", operands[i] + 2);
        name[strcspn(name, "=")] = '\0';
        if (letter || (option_table_find(commands, name) && !is_common(name))) {
            diag_note(
                diag,
                "'%s' is passed to %s, because it comes after it: mallocfail's own options "
                "go before it",
                operands[i], operands[0]);
            return;
        }
    }
}

/** Say why there is no such program, where that can be told; false = it cannot. */
static bool explain_absence(const struct settings *settings, const char *name,
                            const struct diag *diag) {
    const char *near = settings->named ? NULL : near_command(name);
    bool is_path = strchr(name, '/');
    if (!is_path && is_here(name)) {
        diag_error(diag,
                   "cannot run '%s': it is in this directory, not in PATH: use ./%s",
                   name, name);
    } else if (!is_path && near) {
        diag_error(diag, "'%s' is neither a program nor a command: did you mean '%s'?",
                   name, near);
    } else if (strpbrk(name, " \t") && access(name, F_OK) != 0) {
        diag_error(diag,
                   "cannot run '%s': there is no program of that name; give its words "
                   "apart, or run a shell: sh -c '...'",
                   name);
    } else if (!is_path && is_data(name)) {
        diag_error(
            diag,
            "cannot run '%s': it is not in PATH, and the file in this directory is "
            "not executable",
            name);
    } else {
        return false;
    }
    return true;
}

int advice_program(const struct command *command, const struct settings *settings,
                   const struct diag *diag) {
    const char *name = settings->operands[0];
    bool printed = settings->trace_format != 0;
    if (!name || command->operands != OPERANDS_PROGRAM || printed) {
        return 0;
    }
    if (settings->expanded && is_file_only(name) && settings->operands[1]) {
        diag_error(diag,
                   "'%s' is in the place of PROGRAM: did the shell expand the "
                   "pattern of --%s? Put it in quotes",
                   name, settings->expanded);
        return STATUS_FAILED;
    }
    if (is_unit(name) && !program_exists(name)) {
        diag_error(diag,
                   "'%s' is in the place of PROGRAM: write a time or a number in one "
                   "word, as in '10%s'",
                   name, name);
        return STATUS_NOT_FOUND;
    }
    if (!program_exists(name) && explain_absence(settings, name, diag)) {
        return STATUS_NOT_FOUND;
    }
    if (!settings->closed) {
        unsigned either = COMMAND_RUN | COMMAND_EXPLORE;
        unsigned commands = command->bit & either ? either : command->bit;
        bool wanting = command->bit == COMMAND_RUN && !settings->policy &&
                       !settings->allocator && !shorthand_is_given(settings);
        hint_behind(commands, settings->operands, wanting, diag);
    }
    return 0;
}
