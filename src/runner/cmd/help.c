// SPDX-License-Identifier: MIT
#include "runner/cmd/help.h"

#include <stdio.h>
#include <string.h>

/** Where the second column begins, and where lines end. */
#define COLUMN 28
#define WIDTH  80

/** How long the first line of a text is, where it may have so many columns. */
static size_t line_length(const char *text, size_t room) {
    size_t length = strcspn(text, "\n");
    if (length <= room) {
        return length;
    }
    size_t end = room;
    while (end > 0 && text[end] != ' ') {
        end--;
    }
    return end > 0 ? end : room;
}

/** Print a text in the second column; the first column of its first line is there. */
static void print_column(const char *text) {
    while (true) {
        size_t length = line_length(text, WIDTH - COLUMN);
        printf("%.*s\n", (int)length, text);
        if (text[length] == '\0') {
            return;
        }
        // A space, or a newline.
        text += length + (text[length] == ' ' || text[length] == '\n');
        printf("%*s", COLUMN, "");
    }
}

static void print_option(const struct option_row *row) {
    const char letter[] = {'-', row->letter, ',', '\0'};
    int used = printf("  %3s --%s%s%s", row->letter ? letter : "", row->name,
                      row->argument ? " " : "", row->argument ? row->argument : "");
    if (used > COLUMN - 2) {
        putchar('\n');
        used = 0;
    }
    printf("%*s", COLUMN - used, "");
    print_column(row->help);
}

int help_print(const struct command *command, const struct diag *diag) {
    const struct option_row *row;
    fputs(command->usage, stdout);
    putchar('\n');
    for (size_t i = 0; (row = option_table_row(i)); i++) {
        if (row->commands & command->bit) {
            print_option(row);
        }
    }
    printf("\n%s", command->notes);
    return cmd_flush(diag);
}
