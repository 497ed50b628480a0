// SPDX-License-Identifier: MIT
#include "runner/cmd/complete.h"

#include "runner/cmd/cmd.h"
#include "runner/target/installed.h"
#include "runner/util/status.h"

#include <stdio.h>
#include <string.h>

/** A command line up to the word under the cursor. */
struct line {
    char *const *words;
    /** The last word's index. */
    int last;
    /** NULL = the line names none. */
    const struct command *command;
    /** The commands whose options may stand there. */
    unsigned commands;
    /** Where the operands begin; `last` if there are none yet. */
    int operand;
    /** Whether the options have ended. */
    bool ended;
    /** The option whose argument the last word is; NULL = it is none. */
    const struct option_row *open;
};

static enum command_operands operands(const struct line *line) {
    return line->command ? line->command->operands : OPERANDS_PROGRAM;
}

/** The option of this word that takes the next word; NULL if there is none. */
static const struct option_row *find_open(unsigned commands, const char *word) {
    const struct option_row *row = NULL;
    if (word[1] == '-') {
        row = option_table_find(commands, word + 2);
        return row && row->argument ? row : NULL;
    }
    for (const char *letter = word + 1; *letter; letter++) {
        row = option_table_letter(commands, *letter);
        if (row && row->argument) {
            return letter[1] == '\0' ? row : NULL;
        }
    }
    return NULL;
}

/** Read one word in front of the last one. */
static void read_word(struct line *line, int at) {
    const char *word = line->words[at];
    if (line->open) {
        line->open = NULL;
    } else if (strcmp(word, "--") == 0) {
        line->ended = true;
        line->operand = at + 1;
    } else if (word[0] == '-' && word[1] != '\0') {
        line->open = find_open(line->commands, word);
    } else if (!line->command || line->command->ends) {
        line->ended = true;
        line->operand = at;
    }
}

static void read_line(struct line *line) {
    int at = 0;
    line->command = line->last > 0 ? cmd_find(line->words[0]) : NULL;
    line->commands = COMMAND_RUN | COMMAND_EXPLORE;
    if (line->command) {
        line->commands = line->command->bit;
        at = 1;
    }
    line->operand = line->last;
    while (at < line->last && !line->ended) {
        read_word(line, at++);
    }
}

static void offer_words(const char *const *words) {
    for (; words && *words; words++) {
        printf("word %s\n", *words);
    }
}

/** Offer more words of a list, behind those that a text has: "files,sockets". */
static void offer_more(const char *const *words, const char *text) {
    const char *comma = strrchr(text, ',');
    int before = comma ? (int)(comma + 1 - text) : 0;
    for (; words && *words; words++) {
        printf("word %.*s%s\n", before, text, *words);
    }
}

/** Offer what is installed with mallocfail, by name. */
static void offer_installed(const char *kind, const char *suffix) {
    char **names = installed_list(kind, suffix);
    for (size_t i = 0; names && names[i]; i++) {
        printf("word %s\n", names[i]);
    }
    installed_release(names);
}

/** Offer what an option takes, of which a text is there so far. */
static void offer_value(const struct option_row *row, const char *text) {
    const struct option_value *value = &row->value;
    if (strcmp(row->argument, "LIST") == 0) {
        offer_more(value->words, text);
        return;
    }
    if (strcmp(row->name, "ignore") == 0) {
        offer_installed("suppressions", ".supp");
    }
    switch (value->kind) {
    case OPTION_FILE:
    case OPTION_LIST:
    case OPTION_COMMAND:
        puts("file");
        break;
    case OPTION_DIRECTORY:
        puts("directory");
        break;
    case OPTION_POLICY:
        offer_installed("policies", ".json");
        puts("file json");
        break;
    default:
        offer_words(value->words);
    }
}

static void offer_options(unsigned commands) {
    const struct option_row *row;
    for (size_t i = 0; (row = option_table_row(i)); i++) {
        // Two commands may have it, a row each.
        if (option_table_find(commands, row->name) != row) {
            continue;
        }
        printf("word --%s\n", row->name);
        if (row->letter) {
            printf("word -%c\n", row->letter);
        }
    }
}

static void offer_operands(const struct line *line) {
    const struct command *command;
    bool names = line->last == 0 || operands(line) == OPERANDS_COMMAND;
    for (size_t i = 0; names && (command = cmd_at(i)); i++) {
        printf("word %s\n", command->name);
    }
    if (operands(line) == OPERANDS_PROGRAM) {
        printf("program %d\n", line->operand + 1);
    } else if (operands(line) == OPERANDS_FILES) {
        puts("file");
    }
}

/** The option whose argument stands in the last word with it, as in "--mode=once"; NULL =
 * there is none. */
static const struct option_row *find_joined(const struct line *line) {
    char name[64];
    const char *word = line->words[line->last];
    size_t length = strcspn(word, "=");
    if (line->open || strncmp(word, "--", 2) != 0 || word[length] == '\0' ||
        length - 2 >= sizeof(name)) {
        return NULL;
    }
    snprintf(name, sizeof(name), "%.*s", (int)length - 2, word + 2);
    const struct option_row *row = option_table_find(line->commands, name);
    return row && row->argument ? row : NULL;
}

int complete(int count, char *const *words, const struct diag *diag) {
    if (count < 1) {
        return STATUS_GOOD;
    }
    struct line line = {.words = words, .last = count - 1};
    read_line(&line);
    const struct option_row *joined = line.ended ? NULL : find_joined(&line);
    if (line.open || joined) {
        const char *text = words[line.last];
        offer_value(line.open ? line.open : joined,
                    line.open ? text : strchr(text, '=') + 1);
    } else if (words[line.last][0] == '-' && !line.ended) {
        offer_options(line.commands);
    } else {
        offer_operands(&line);
    }
    return cmd_flush(diag);
}
