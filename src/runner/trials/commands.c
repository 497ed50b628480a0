// SPDX-License-Identifier: MIT
#include "runner/trials/commands.h"

#include "runner/harness/testname.h"
#include "runner/target/procfile.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"
#include "runner/util/path.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The most commands that are listed of one finding. */
#define LISTED_MAX 16

/** Make a list of strings that follow each other; the strings go with it. NULL when memory
 * ran out. */
static char **split(const char *strings, size_t size) {
    size_t count = 0;
    for (size_t at = 0; at < size; at += strlen(strings + at) + 1) {
        count++;
    }
    char **list = malloc((count + 1) * sizeof(list[0]) + size + 1);
    char *copy = list ? (char *)(list + count + 1) : NULL;
    if (!list) {
        return NULL;
    }
    memcpy(copy, strings, size);
    copy[size] = '\0';
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        list[i] = copy + at;
        at += strlen(copy + at) + 1;
    }
    list[count] = NULL;
    return list;
}

/** Whether a variable is what the runner has, too, or is the runner's doing. */
static bool is_usual(const char *variable) {
    static const char *const ours[] = {
        "LD_PRELOAD=",   "MALLOCFAIL_",   "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
        "TSAN_OPTIONS=", "MSAN_OPTIONS=", "LSAN_OPTIONS=", "_="};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (strncmp(variable, ours[i], strlen(ours[i])) == 0) {
            return true;
        }
    }
    for (char **own = environ; own && *own; own++) {
        if (strcmp(*own, variable) == 0) {
            return true;
        }
    }
    return false;
}

/** Leave those out that are usual. */
static void keep_unusual(char **variables) {
    size_t kept = 0;
    for (size_t i = 0; variables && variables[i]; i++) {
        if (!is_usual(variables[i])) {
            variables[kept++] = variables[i];
        }
    }
    if (variables) {
        variables[kept] = NULL;
    }
}

/** What /proc puts behind the name of a file that is gone. */
static const char gone[] = " (deleted)";

/** The file behind a link of /proc, if it is one; to be freed. It may be gone: of a directory
 * the name counts, in the place of a file another one may be. */
static char *read_link(pid_t pid, const char *name, mode_t type) {
    char link[64], path[PATH_MAX];
    struct stat status, named;
    snprintf(link, sizeof(link), "/proc/%d/%s", (int)pid, name);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    bool there =
        length > 0 && stat(link, &status) == 0 && (status.st_mode & S_IFMT) == type;
    if (!there) {
        return NULL;
    }
    path[length] = '\0';
    size_t kept = (size_t)length, tail = sizeof(gone) - 1;
    if (kept > tail && strcmp(path + kept - tail, gone) == 0 &&
        lstat(path, &named) != 0) {
        kept -= tail;
    }
    return strndup(path, kept);
}

/** Whether it reads from a pipe or a socket of its own. */
static bool is_piped(pid_t pid) {
    char link[64];
    struct stat its, ours;
    snprintf(link, sizeof(link), "/proc/%d/fd/0", (int)pid);
    return stat(link, &its) == 0 && (S_ISFIFO(its.st_mode) || S_ISSOCK(its.st_mode)) &&
           (fstat(STDIN_FILENO, &ours) != 0 || ours.st_dev != its.st_dev ||
            ours.st_ino != its.st_ino);
}

/** Read what a process is; false where it is gone or memory ran out. */
static bool read_command(struct command_line *command, pid_t pid,
                         struct harnesses *harnesses, const char *const *test) {
    size_t size;
    char *words = procfile_strings(pid, "cmdline", &size);
    *command = (struct command_line){.argv = words ? split(words, size) : NULL};
    free(words);
    command->directory = read_link(pid, "cwd", S_IFDIR);
    command->input = read_link(pid, "fd/0", S_IFREG);
    command->piped = is_piped(pid);
    command->program = read_link(pid, "exe", S_IFREG);
    char *environment = procfile_strings(pid, "environ", &size);
    command->test = !test   ? testname_of(harnesses, pid, environment, size)
                    : *test ? strdup(*test)
                            : NULL;
    command->environment = environment ? split(environment, size) : NULL;
    keep_unusual(command->environment);
    free(environment);
    // The arguments of a process that has ended are empty.
    return command->argv && command->argv[0];
}

static void forget(struct command_line *command) {
    free(command->argv);
    free(command->directory);
    free(command->test);
    free(command->environment);
    free(command->input);
    free(command->program);
}

static bool is_same_text(const char *one, const char *other) {
    return one == other || (one && other && strcmp(one, other) == 0);
}

static bool is_same(const struct command_line *one, const struct command_line *other) {
    size_t i = 0;
    while (one->argv[i] && other->argv[i] && strcmp(one->argv[i], other->argv[i]) == 0) {
        i++;
    }
    // One that was learnt from its text has no program.
    return !one->argv[i] && !other->argv[i] &&
           (!one->program || !other->program ||
            strcmp(one->program, other->program) == 0) &&
           is_same_text(one->directory, other->directory) &&
           is_same_text(one->test, other->test);
}

/** Whether a process is still what it was: it may have executed another image. */
static bool is_still(const struct command_line *command, pid_t pid) {
    size_t size, at = 0;
    char *words = procfile_strings(pid, "cmdline", &size);
    char *const *word = command->argv;
    while (words && at < size && *word && strcmp(*word, words + at) == 0) {
        at += strlen(words + at) + 1;
        word++;
    }
    bool same = words && at >= size && !*word;
    free(words);
    return same;
}

/** The number of a new command's test. */
static size_t number_of(const struct commands *commands,
                        const struct command_line *command) {
    for (size_t i = commands->count; command->test && i-- > 0;) {
        if (is_same_text(commands->list[i].test, command->test)) {
            return commands->list[i].number;
        }
    }
    return commands->tests;
}

/** Add a command; one more than its index, or 0 when memory ran out. Taken over. */
static uint32_t add(struct commands *commands, struct command_line *command) {
    if (commands->count == commands->room) {
        size_t room = commands->room ? 2 * commands->room : 64;
        void *grown = reallocarray(commands->list, room, sizeof(commands->list[0]));
        if (!grown) {
            forget(command);
            return 0;
        }
        commands->list = grown;
        commands->room = room;
    }
    command->number = number_of(commands, command);
    commands->tests += command->number == commands->tests;
    commands->list[commands->count++] = *command;
    return (uint32_t)commands->count;
}

/** Find a command, or add it; one more than its index, or 0 when memory ran out. Taken over. */
static uint32_t settle(struct commands *commands, struct command_line *command) {
    for (uint32_t i = (uint32_t)commands->count; i > 0; i--) {
        if (is_same(command, &commands->list[i - 1])) {
            commands->list[i - 1].pid = command->pid;
            forget(command);
            return i;
        }
    }
    return add(commands, command);
}

uint32_t commands_learn(struct commands *commands, pid_t pid, const char *const *test) {
    struct command_line command;
    for (uint32_t i = (uint32_t)commands->count; i > 0; i--) {
        if (commands->list[i - 1].pid == pid && is_still(&commands->list[i - 1], pid)) {
            return i;
        }
    }
    // One that ends meanwhile is read in part only.
    if (!read_command(&command, pid, &commands->harnesses, test) ||
        !is_still(&command, pid)) {
        forget(&command);
        return 0;
    }
    command.pid = pid;
    return settle(commands, &command);
}

void commands_note(struct commands *commands, size_t trial, uint32_t command) {
    if (trial >= commands->trial_room) {
        size_t room = 2 * trial + 64;
        uint32_t *grown = reallocarray(commands->trials, room, sizeof(grown[0]));
        if (!grown) {
            return;
        }
        memset(grown + commands->trial_room, 0,
               (room - commands->trial_room) * sizeof(grown[0]));
        commands->trials = grown;
        commands->trial_room = room;
    }
    if (!commands->trials[trial] && command <= commands->count) {
        commands->trials[trial] = command;
    }
}

uint32_t commands_add(struct commands *commands, const struct commands_text *text) {
    struct command_line command = {
        .argv = split(text->arguments, text->size),
        .directory = text->directory ? strdup(text->directory) : NULL,
        .test = text->test ? strdup(text->test) : NULL,
    };
    if (!command.argv || (text->directory && !command.directory) ||
        (text->test && !command.test)) {
        forget(&command);
        return 0;
    }
    return settle(commands, &command);
}

void commands_name(struct commands *commands, uint32_t command, const char *test) {
    struct command_line *line = &commands->list[command - 1];
    line->test = line->test ? line->test : strdup(test);
    // The tests are counted anew.
    size_t count = commands->count;
    commands->tests = 0;
    for (commands->count = 0; commands->count < count; commands->count++) {
        struct command_line *next = &commands->list[commands->count];
        next->number = number_of(commands, next);
        commands->tests += next->number == commands->tests;
    }
}

int commands_reach(struct commands *commands, size_t trial, uint32_t command) {
    if (commands->reach_count == commands->reach_room) {
        size_t room = 2 * commands->reach_room + 64;
        void *grown = reallocarray(commands->reaches, room, sizeof(commands->reaches[0]));
        if (!grown) {
            return -1;
        }
        commands->reaches = grown;
        commands->reach_room = room;
    }
    commands->reaches[commands->reach_count++] = (struct commands_reach){trial, command};
    return 0;
}

const struct command_line *commands_of(const struct commands *commands, size_t trial) {
    uint32_t at = trial < commands->trial_room ? commands->trials[trial] : 0;
    return at ? &commands->list[at - 1] : NULL;
}

int command_put(const struct command_line *command, json_t *object) {
    return exact_put_arguments(object, "arguments", command->argv) |
           exact_put(object, "directory", command->directory) |
           exact_put(object, "test", command->test);
}

/** A command as JSON. */
static json_t *command_json(const struct command_line *command) {
    json_t *object = json_object();
    return json_finished(object, command_put(command, object));
}

/** Mark the commands that show something; NULL when memory ran out. To be freed. */
static bool *mark(const struct commands *commands,
                  bool is_of(const void *context, size_t trial), const void *context) {
    bool *marks = calloc(commands->count + 1, sizeof(marks[0]));
    for (size_t i = 0; marks && i < commands->trial_room; i++) {
        if (commands->trials[i] && is_of(context, i)) {
            marks[commands->trials[i] - 1] = true;
        }
    }
    for (size_t i = 0; marks && i < commands->reach_count; i++) {
        const struct commands_reach *reach = &commands->reaches[i];
        marks[reach->command] = marks[reach->command] || is_of(context, reach->trial);
    }
    return marks;
}

json_t *commands_json(const struct commands *commands) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < commands->count; i++) {
        bad |= json_array_append_new(list, command_json(&commands->list[i]));
    }
    return json_finished(list, bad);
}

int commands_put(const struct commands *commands, json_t *object,
                 bool is_of(const void *context, size_t trial), const void *context) {
    json_t *list = json_array();
    bool *marks = mark(commands, is_of, context);
    size_t count = 0;
    int bad = !marks;
    for (size_t i = 0; i < commands->count && !bad; i++) {
        if (marks[i]) {
            bad = count++ < LISTED_MAX &&
                  json_array_append_new(list, command_json(&commands->list[i])) != 0;
        }
    }
    free(marks);
    bad |= json_put(object, "commands", json_finished(list, bad));
    return bad | json_put(object, "commands_in_all", json_count(count));
}

/** Add a name to a list, if it is not there. */
static int add_name(json_t *list, const char *name) {
    const json_t *known;
    size_t at;
    json_array_foreach(list, at, known) {
        if (strcmp(json_string_value(known), name) == 0) {
            return 0;
        }
    }
    return json_array_append_new(list, json_text(name));
}

int commands_programs(const struct commands *commands, json_t *list,
                      bool is_of(const void *context, size_t trial),
                      const void *context) {
    bool *marks = mark(commands, is_of, context);
    int bad = !marks;
    for (size_t i = 0; i < commands->count && !bad; i++) {
        const struct command_line *command = &commands->list[i];
        bad = marks[i] && command->argv[0] && add_name(list, path_base(command->argv[0]));
    }
    free(marks);
    return bad;
}

void commands_destroy(struct commands *commands) {
    for (size_t i = 0; i < commands->count; i++) {
        forget(&commands->list[i]);
    }
    free(commands->list);
    free(commands->trials);
    free(commands->reaches);
    harness_destroy(&commands->harnesses);
}
