// SPDX-License-Identifier: MIT
#include "runner/cmd/defaults.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/cmd.h"
#include "runner/cmd/option_value.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The longest file, and the longest name of an option with what stands behind it. */
#define FILE_MAX 65536
#define WORD_MAX 4096

/** Where an option comes from, and whose it is to become. */
struct origin {
    /** ".mallocfail:3", or the variable's name. */
    char name[PATH_MAX + 16];
    bool file;
    const struct command *command;
    struct settings *settings;
    const struct diag *diag;
};

/** Keep a text as long as the settings; NULL when memory ran out. */
static const char *keep(struct settings_list *list, char *text) {
    void *grown =
        text ? reallocarray(list->words, list->count + 1, sizeof(list->words[0])) : NULL;
    if (!grown) {
        free(text);
        return NULL;
    }
    list->words = grown;
    list->words[list->count++] = text;
    return text;
}

/** Keep what -v shows of an option. */
static int keep_line(const struct origin *origin, const char *name, const char *value) {
    char *line = NULL;
    if (asprintf(&line, "%s: --%s%s%s", origin->name, name, value ? " " : "",
                 value ? value : "") < 0) {
        line = NULL;
    }
    return keep(&origin->settings->defaults.lines, line) ? 0 : -1;
}

/** Why an option cannot come from there; NULL = it can. */
static const char *fault_of(const struct origin *origin, const struct option_row *row,
                            const char *value) {
    enum option_kind kind = row->value.kind;
    return kind == OPTION_HELP || kind == OPTION_VERSION ? "belongs on the command line"
           : origin->file && kind == OPTION_COMMAND
               ? "names a command to be run, which a file may not do: give it on "
                 "the command line or in " DEFAULTS_VARIABLE
           : row->argument && !value ? "needs an argument"
           : !row->argument && value ? "takes no argument"
                                     : NULL;
}

/** Say that a word, as it was written, is not an option of any command. */
static int refuse_unknown(const struct origin *origin, const char *word) {
    char near[96];
    size_t dashes = strspn(word, "-");
    if (cmd_find(word)) {
        diag_error(origin->diag,
                   "%s: '%s' is a command, not an option: it belongs on "
                   "the command line",
                   origin->name, word);
        return -1;
    }
    if (!word[dashes] || (!origin->file && dashes == 0)) {
        diag_error(origin->diag,
                   "%s: '%s' is not an option: options belong here, and "
                   "nothing else",
                   origin->name, word);
        return -1;
    }
    advice_near_option(COMMAND_ALL, word + dashes, near, sizeof(near));
    diag_error(origin->diag, "%s: unknown option '%s'%s%s", origin->name, word,
               near[0] ? ": " : "", near);
    return -1;
}

/** Act on one option; 0 on success, -1 with the user told. */
static int apply(const struct origin *origin, const struct option_row *row,
                 const char *value) {
    const char *fault = fault_of(origin, row, value);
    if (fault) {
        diag_error(origin->diag, "%s: --%s %s", origin->name, row->name, fault);
        return -1;
    }
    row = option_table_find(origin->command->bit, row->name);
    if (!row) {
        return 0;
    }
    const char *kept =
        value ? keep(&origin->settings->defaults.texts, strdup(value)) : NULL;
    if ((value && !kept) || keep_line(origin, row->name, value) != 0) {
        diag_no_memory(origin->diag);
        return -1;
    }
    int result = option_value_set(row, origin->settings, kept, origin->diag);
    if (result != 0) {
        bool more = origin->file && value && strpbrk(value, " #");
        diag_note(origin->diag, "that is from %s%s", origin->name,
                  more ? "; each option and each comment has a line of its own" : "");
    }
    return result;
}

/** Take the quotes off a value that stands in them. */
static char *unquote(char *value) {
    size_t length = strlen(value);
    bool quoted = length >= 2 && (value[0] == '"' || value[0] == '\'') &&
                  value[length - 1] == value[0];
    if (quoted) {
        value[length - 1] = '\0';
    }
    return value + quoted;
}

/** The row of an option as the file has it: with two dashes or none, or by its letter. */
static const struct option_row *find_name(const char *name) {
    bool is_letter = name[0] == '-' && name[1] && name[1] != '-' && !name[2];
    return is_letter ? option_table_letter(COMMAND_ALL, name[1])
                     : option_table_find(COMMAND_ALL,
                                         name + (strncmp(name, "--", 2) == 0 ? 2 : 0));
}

/** Read a line of the file: "--budget 30s", "budget = 30s", "scratch", "# a comment". */
static int read_line(const struct origin *origin, char *line) {
    static const char blanks[] = " \t\r";
    char *name = line + strspn(line, blanks);
    size_t length = strlen(name);
    while (length > 0 && strchr(blanks, name[length - 1])) {
        name[--length] = '\0';
    }
    if (!*name || *name == '#') {
        return 0;
    }
    char *end = name + strcspn(name, " \t=");
    char *value = end + strspn(end, blanks);
    value += *value == '=';
    value += strspn(value, blanks);
    bool given = *value != '\0';
    *end = '\0';
    const struct option_row *row = find_name(name);
    return row ? apply(origin, row, given ? unquote(value) : NULL)
               : refuse_unknown(origin, name);
}

/** Read the file's text, line by line. */
static int read_lines(struct origin *origin, const char *path, char *text) {
    char *line;
    int result = 0;
    for (int number = 1; result == 0 && (line = strsep(&text, "\n")); number++) {
        snprintf(origin->name, sizeof(origin->name), "%s:%d", path, number);
        result = read_line(origin, line);
    }
    return result;
}

/** Whether nobody else can have written the file; the user is told. */
static bool is_own(int fd, const char *path, const struct diag *diag) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        diag_warn(diag, "'%s' is not read: it is not a regular file", path);
        return false;
    }
    bool own =
        (status.st_uid == geteuid() || status.st_uid == 0) && !(status.st_mode & S_IWOTH);
    if (!own) {
        diag_warn(diag, "'%s' is not read: another user can write to it", path);
    }
    return own;
}

/** Read the file; 0 on success, also where it is not taken. */
static int read_file(struct origin *origin, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || !is_own(fd, path, origin->diag)) {
        if (fd >= 0) {
            close(fd);
        }
        return 0;
    }
    char *text = calloc(1, FILE_MAX + 1);
    ssize_t length = text ? read(fd, text, FILE_MAX) : -1;
    close(fd);
    int result = 0;
    if (length < 0) {
        diag_error(origin->diag, "cannot read '%s': %s", path, strerror(errno));
        result = -1;
    } else {
        result = read_lines(origin, path, text);
    }
    free(text);
    return result;
}

/** Whether a directory has a file; `path` becomes its name. */
static bool has(const char *directory, const char *name, char path[PATH_MAX]) {
    int length = snprintf(path, PATH_MAX, "%s/%s", directory, name);
    return length > 0 && length < PATH_MAX && access(path, F_OK) == 0;
}

/** Find the project's file; false if there is none. */
static bool find_file(char path[PATH_MAX]) {
    char directory[PATH_MAX], git[PATH_MAX];
    if (access(DEFAULTS_FILE, F_OK) == 0) {
        snprintf(path, PATH_MAX, DEFAULTS_FILE);
        return true;
    }
    if (!getcwd(directory, sizeof(directory))) {
        return false;
    }
    char found[PATH_MAX] = "";
    for (char *slash = directory; slash && *directory;) {
        if (!found[0] && has(directory, DEFAULTS_FILE, path)) {
            snprintf(found, sizeof(found), "%s", path);
        }
        if (has(directory, ".git", git)) {
            snprintf(path, PATH_MAX, "%s", found);
            return found[0] != '\0';
        }
        slash = strrchr(directory, '/');
        if (slash) {
            *slash = '\0';
        }
    }
    return false;
}

/** Take one word off a text, with quotes as a shell has them; NULL = there is none, or it
 * does not end, which `good` says. */
static char *next_word(const char **text, char word[WORD_MAX], bool *good) {
    const char *at = *text + strspn(*text, " \t\n");
    size_t length = 0;
    char quote = '\0';
    *good = true;
    if (!*at) {
        return NULL;
    }
    for (; *at && (quote || !strchr(" \t\n", *at)) && length + 1 < WORD_MAX; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = quote ? '\0' : *at;
        } else {
            at += *at == '\\' && quote != '\'' && at[1];
            word[length++] = *at;
        }
    }
    word[length] = '\0';
    *text = at;
    *good = !quote && (!*at || strchr(" \t\n", *at));
    return *good ? word : NULL;
}

/** The row of a word, and what stands in the same word behind the option; NULL = there is
 * none. */
static const struct option_row *find_word(char *word, char **value) {
    if (word[0] == '-' && word[1] == '-') {
        *value = strchr(word, '=');
        if (*value) {
            *(*value)++ = '\0';
        }
        return option_table_find(COMMAND_ALL, word + 2);
    }
    *value = word[0] == '-' && word[1] && word[2] ? word + 2 : NULL;
    return word[0] == '-' ? option_table_letter(COMMAND_ALL, word[1]) : NULL;
}

/** Read the variable's text. */
static int read_words(struct origin *origin, const char *text) {
    char word[WORD_MAX], next[WORD_MAX];
    char *value;
    bool good;
    int result = 0;
    while (result == 0 && next_word(&text, word, &good)) {
        const struct option_row *row = find_word(word, &value);
        if (!row) {
            return refuse_unknown(origin, word);
        }
        if (row->argument && !value) {
            value = next_word(&text, next, &good);
        }
        result = apply(origin, row, value);
    }
    if (result == 0 && !good) {
        diag_error(origin->diag, "%s: a quote is missing, or a word is too long",
                   origin->name);
        return -1;
    }
    return result;
}

int defaults_read(const struct command *command, struct settings *settings,
                  const struct diag *diag) {
    struct origin origin = {.command = command, .settings = settings, .diag = diag};
    const char *text = getenv(DEFAULTS_VARIABLE);
    char path[PATH_MAX];
    origin.file = true;
    if (find_file(path) && read_file(&origin, path) != 0) {
        return -1;
    }
    origin.file = false;
    snprintf(origin.name, sizeof(origin.name), DEFAULTS_VARIABLE);
    return text ? read_words(&origin, text) : 0;
}

void defaults_show(const struct settings *settings, const struct diag *diag) {
    const struct settings_list *lines = &settings->defaults.lines;
    for (size_t i = 0; i < lines->count; i++) {
        diag_debug(diag, "%s", lines->words[i]);
    }
}
