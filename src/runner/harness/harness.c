// SPDX-License-Identifier: MIT
// Lists are read once for each harness, from the folder that it works in. CTest goes to the
// folder of a test for the moment in which it starts that: where a command is not found, and
// the harness is somewhere else by now, what is there is read, too.
#include "runner/harness/harness.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What Meson gives to a test, unless its build says otherwise. */
#define MESON_SECONDS 30
/** The most folders of one harness. */
#define FOLDERS_MAX 8
/** Two times of start that are so close are the same. */
#define START_MAX (500 * CLOCK_MILLISECOND)

/** The word behind one; NULL = it was the last. */
static const char *next(const char *word, const char *end) {
    word += strlen(word) + 1;
    return word < end ? word : NULL;
}

/** Which harness a command is, by its own name or that of what an interpreter reads. */
static enum harness_kind kind_of(const char *words, size_t size) {
    const char *word = size > 0 ? words : NULL;
    for (int i = 0; i < 3 && word; i++) {
        const char *name = path_base(word);
        if (strcmp(name, "ctest") == 0) {
            return HARNESS_CTEST;
        }
        if (strcmp(name, "meson") == 0 || strcmp(name, "meson.py") == 0) {
            return HARNESS_MESON;
        }
        word = next(word, words + size);
    }
    return HARNESS_NONE;
}

/** The value of an option, behind it or in the same word; NULL = it is not given. */
static const char *value_of(const char *words, size_t size, const char *option) {
    size_t length = strlen(option);
    // "-t2", but "--timeout=2".
    size_t sign = option[1] == '-';
    for (const char *word = size ? words : NULL; word; word = next(word, words + size)) {
        if (strcmp(word, option) == 0) {
            return next(word, words + size);
        }
        if (strncmp(word, option, length) == 0 && (!sign || word[length] == '=')) {
            return word + length + sign;
        }
    }
    return NULL;
}

/** CTest's usual limit in a folder, in seconds; 0 = none. */
static double read_usual(const char *folder) {
    static const char key[] = "TimeOut:";
    char path[PATH_MAX], line[256];
    double seconds = 0;
    snprintf(path, sizeof(path), "%.*s/DartConfiguration.tcl", PATH_MAX - 64, folder);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, key, strlen(key)) == 0) {
            seconds = strtod(line + strlen(key), NULL);
        }
    }
    if (file) {
        fclose(file);
    }
    return seconds;
}

/** Read what is in a folder that a harness is in, unless that has been done. */
static bool read_folder(struct harness *harness, enum harness_kind kind) {
    char link[64], folder[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/%d/cwd", (int)harness->pid);
    ssize_t got = readlink(link, folder, sizeof(folder) - 1);
    folder[got > 0 ? got : 0] = '\0';
    bool known = got <= 0 || harness->folder_count == FOLDERS_MAX;
    for (size_t i = 0; i < harness->folder_count && !known; i++) {
        known = strcmp(harness->folders[i], folder) == 0;
    }
    void *grown = known ? NULL
                        : reallocarray(harness->folders, harness->folder_count + 1,
                                       sizeof(harness->folders[0]));
    if (!grown) {
        return false;
    }
    harness->folders = grown;
    harness->folders[harness->folder_count] = strdup(folder);
    harness->folder_count += harness->folders[harness->folder_count] != NULL;
    if (kind == HARNESS_CTEST) {
        double usual = read_usual(folder);
        if (usual > 0 && harness->tests.usual_ns == CLOCK_NEVER) {
            harness->tests.usual_ns = testlist_time(usual);
        }
        testlist_read_ctest(&harness->tests, folder);
    } else {
        testlist_read_meson(&harness->tests, folder);
    }
    return true;
}

/** What a harness is told by its user. */
static void read_options(struct harness *harness, enum harness_kind kind,
                         const char *words, size_t size) {
    const char *value = kind == HARNESS_CTEST ? value_of(words, size, "--timeout")
                                              : value_of(words, size, "-t");
    if (kind == HARNESS_MESON && !value) {
        value = value_of(words, size, "--timeout-multiplier");
    }
    double number = value ? strtod(value, NULL) : 0;
    harness->times = kind == HARNESS_MESON && value ? (number > 0 ? number : 0) : 1;
    harness->tests.usual_ns = kind == HARNESS_MESON ? MESON_SECONDS * CLOCK_SECOND
                              : value && number > 0 ? testlist_time(number)
                                                    : CLOCK_NEVER;
}

/** Find a harness, or add it; NULL when memory ran out. */
static struct harness *find(struct harnesses *harnesses, pid_t pid,
                            enum harness_kind kind, const char *words, size_t size) {
    uint64_t age = procfile_age(pid), started = clock_now() - age;
    for (size_t i = harnesses->count; i > 0; i--) {
        struct harness *known = harnesses->list[i - 1];
        // One that is gone has no age.
        if (known->pid == pid &&
            (age == 0 || started - known->started_ns + START_MAX < 2 * START_MAX)) {
            return known;
        }
    }
    if (harnesses->count == harnesses->room) {
        size_t room = 2 * harnesses->room + 4;
        void *grown = reallocarray(harnesses->list, room, sizeof(harnesses->list[0]));
        if (!grown) {
            return NULL;
        }
        harnesses->list = grown;
        harnesses->room = room;
    }
    struct harness *harness = calloc(1, sizeof(*harness));
    if (harness) {
        harness->pid = pid;
        harness->kind = kind;
        harness->started_ns = started;
        read_options(harness, kind, words, size);
        read_folder(harness, kind);
        harnesses->list[harnesses->count++] = harness;
    }
    return harness;
}

/** Strings that follow each other as an array; NULL where one is not UTF-8. */
static json_t *array_of(const char *words, size_t size) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t at = 0; at < size; at += strlen(words + at) + 1) {
        bad |= json_array_append_new(list, json_string(words + at));
    }
    if (bad) {
        json_decref(list);
        return NULL;
    }
    return list;
}

/** A limit as the user wants it. */
static uint64_t stretch(const struct harness *harness, uint64_t time_ns) {
    return time_ns == CLOCK_NEVER || harness->times <= 0
               ? CLOCK_NEVER
               : testlist_time((double)time_ns / (double)CLOCK_SECOND * harness->times);
}

bool harness_ask(struct harnesses *harnesses, pid_t pid, const char *own, size_t own_size,
                 const struct harness_command *command, struct testlist_match *match) {
    enum harness_kind kind = kind_of(own, own_size);
    struct harness *harness =
        kind == HARNESS_NONE ? NULL : find(harnesses, pid, kind, own, own_size);
    *match = (struct testlist_match){.time_ns = CLOCK_NEVER};
    if (!harness) {
        return false;
    }
    json_t *list = array_of(command->words, command->size);
    testlist_find(&harness->tests, list, command->directory, match);
    if (match->length == 0 && read_folder(harness, kind)) {
        testlist_find(&harness->tests, list, command->directory, match);
    }
    json_decref(list);
    match->time_ns = stretch(
        harness, match->length > 0 ? match->time_ns : testlist_least(&harness->tests));
    return true;
}

const char *harness_recall(const struct harnesses *harnesses,
                           const struct harness_command *command) {
    struct testlist_match match = {0};
    json_t *list = array_of(command->words, command->size);
    for (size_t i = 0; i < harnesses->count; i++) {
        testlist_find(&harnesses->list[i]->tests, list, command->directory, &match);
    }
    json_decref(list);
    return match.whole ? match.name : NULL;
}

void harness_retry(struct harnesses *harnesses) {
    for (size_t i = 0; i < harnesses->count; i++) {
        struct harness *harness = harnesses->list[i];
        if (harness->tests.count == 0) {
            read_folder(harness, harness->kind);
        }
    }
}

void harness_destroy(struct harnesses *harnesses) {
    for (size_t i = 0; i < harnesses->count; i++) {
        struct harness *harness = harnesses->list[i];
        for (size_t k = 0; k < harness->folder_count; k++) {
            free(harness->folders[k]);
        }
        free(harness->folders);
        testlist_destroy(&harness->tests);
        free(harness);
    }
    free(harnesses->list);
}
