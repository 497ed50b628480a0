// SPDX-License-Identifier: MIT
#include "runner/cmd/help.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** Where the second column begins, and where lines end: at the terminal's width, if it is
 * between these. In a narrow one texts stand below their options. */
#define COLUMN        28
#define COLUMN_NARROW 8
#define WIDTH         80
#define WIDTH_NARROW  60
#define WIDTH_MIN     30
/** Where options stand that share a text and a line, from the second line on. */
#define NAMES_INDENT 6
/** The same of the overview. */
#define COMMAND_COLUMN 14

/** How many columns there are. */
static size_t width(void) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return !known || size.ws_col > WIDTH ? WIDTH
           : size.ws_col < WIDTH_MIN     ? WIDTH_MIN
                                         : size.ws_col;
}

/** Where the second column begins. */
static unsigned column(void) {
    return width() < WIDTH_NARROW ? COLUMN_NARROW : COLUMN;
}

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

void help_column(const char *text, unsigned column) {
    while (true) {
        size_t length = line_length(text, width() - column);
        printf("%.*s\n", (int)length, text);
        if (text[length] == '\0') {
            return;
        }
        // A space, or a newline.
        text += length + (text[length] == ' ' || text[length] == '\n');
        printf("%*s", (int)column, "");
    }
}

/** Print how an option is written, behind others of which the line is full so far; how full
 * it is then. */
static size_t print_names(const struct option_row *row, size_t used) {
    char text[96];
    const char letter[] = {'-', row->letter, ',', ' ', '\0'};
    int length =
        snprintf(text, sizeof(text), "%s--%s%s%s",
                 row->letter ? letter
                 : used == 0 ? "    "
                             : "",
                 row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    bool full = used > 0 && used + 2 + (size_t)length > width();
    const char *before = used == 0 ? "  " : full ? ",\n      " : ", ";
    printf("%s%s", before, text);
    return (full ? NAMES_INDENT : used + 2) + (size_t)length;
}

/** Print the text of options whose names take so many columns. */
static void print_text(const char *text, size_t used, bool several) {
    unsigned begin = column();
    if (several && used + 2 + strlen(text) <= width() && used > begin - 2) {
        printf("  %s\n", text);
        return;
    }
    if (used > begin - 2) {
        putchar('\n');
        used = 0;
    }
    printf("%*s", (int)(begin - used), "");
    help_column(text, begin);
}

/** Print lines that were broken for WIDTH, anew where the terminal is narrower: what is not
 * indented goes on in the next line. */
static void print_flowed(const char *text) {
    size_t used = 0;
    if (width() == WIDTH) {
        fputs(text, stdout);
        return;
    }
    while (*text) {
        size_t length = strcspn(text, " \n");
        size_t blanks = strspn(text + length, " ");
        bool ends =
            text[length] == '\n' && (text[length + 1] == '\n' ||
                                     text[length + 1] == ' ' || text[length + 1] == '\0');
        if (used > 0 && used + 1 + length > width()) {
            putchar('\n');
            used = 0;
        }
        int written = printf("%s%.*s", used > 0 ? " " : "", (int)length, text);
        used += written > 0 ? (size_t)written : 0;
        text += length + blanks + (text[length] == '\n');
        if (ends) {
            putchar('\n');
            used = 0;
        }
        if (ends && *text == '\n') {
            putchar('\n');
            text++;
        }
    }
}

int help_print(const struct command *command, const struct diag *diag) {
    const struct option_row *row;
    size_t used = 0;
    bool several = false;
    print_flowed(command->usage);
    putchar('\n');
    for (size_t i = 0; (row = option_table_row(i)); i++) {
        if (!(row->commands & command->bit)) {
            continue;
        }
        several = used > 0;
        used = print_names(row, used);
        if (row->help) {
            print_text(row->help, used, several);
            used = 0;
        }
    }
    fputs(*command->notes ? "\n" : "", stdout);
    print_flowed(command->notes);
    return cmd_flush(diag);
}

int help_overview(const struct diag *diag) {
    const struct command *command;
    print_flowed("Usage: mallocfail [COMMAND] [OPTION...] [--] PROGRAM [ARGUMENT...]\n");
    print_flowed(
        "Makes memory allocations of PROGRAM fail, and reports what breaks.\n\n");
    for (size_t i = 0; (command = cmd_at(i)) && command->summary; i++) {
        printf("  %-*s", COMMAND_COLUMN - 2, command->name);
        help_column(command->summary, COMMAND_COLUMN);
    }
    fputs(column() == COLUMN
              ? "\n"
                "  mallocfail ./prog file           # try every failure\n"
                "  mallocfail --nth 50 ./prog file  # fail the 50th one\n"
                "  mallocfail suite make check      # try those of all tests\n"
                "\n"
              : "\n"
                "  mallocfail ./prog file\n"
                "  mallocfail --nth 50 ./prog file\n"
                "  mallocfail suite make check\n"
                "\n",
          stdout);
    print_flowed(
        "'mallocfail COMMAND --help' lists options, 'man mallocfail' is the manual.\n");
    return cmd_flush(diag);
}
