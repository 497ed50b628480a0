// SPDX-License-Identifier: MIT
#include "runner/harness/testlist.h"

#include "runner/util/clock.h"
#include "runner/util/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** No limit is longer: 30 years. */
#define SECONDS_MAX 1e9

uint64_t testlist_time(double seconds) {
    return seconds > 0 && seconds < SECONDS_MAX
               ? (uint64_t)(seconds * (double)CLOCK_SECOND)
               : CLOCK_NEVER;
}

static void forget(struct testlist_entry *test) {
    free(test->name);
    free(test->folder);
    free(test->directory);
    json_decref(test->command);
}

void testlist_add(struct testlist *list, const struct testlist_entry *test) {
    if (list->count == list->room) {
        size_t room = 2 * list->room + 64;
        void *grown = reallocarray(list->list, room, sizeof(list->list[0]));
        if (!grown) {
            return;
        }
        list->list = grown;
        list->room = room;
    }
    struct testlist_entry *entry = &list->list[list->count];
    *entry = (struct testlist_entry){
        .name = strdup(test->name),
        .command = json_deep_copy(test->command),
        .folder = strdup(test->folder),
        .directory = test->directory ? strdup(test->directory) : NULL,
        .time_ns = test->time_ns,
    };
    if (entry->name && entry->command && entry->folder) {
        list->count++;
    } else {
        forget(entry);
    }
}

/** The latest test of a name; NULL = there is none. */
static struct testlist_entry *find_latest(struct testlist *list, const char *name) {
    size_t at = list->count;
    while (at > 0 && strcmp(list->list[at - 1].name, name) != 0) {
        at--;
    }
    return at > 0 ? &list->list[at - 1] : NULL;
}

void testlist_limit(struct testlist *list, const char *name, uint64_t time_ns) {
    struct testlist_entry *test = find_latest(list, name);
    if (test) {
        test->time_ns = time_ns;
    }
}

void testlist_place(struct testlist *list, const char *name, const char *directory) {
    struct testlist_entry *test = find_latest(list, name);
    if (test) {
        free(test->directory);
        test->directory = strdup(directory);
    }
}

/** Write a path in a folder, without "." and ".." and the like; whether there is room. */
static bool join(char whole[PATH_MAX], const char *folder, const char *path) {
    size_t length = 0;
    const char *parts[] = {path[0] == '/' ? "" : folder, path};
    for (size_t i = 0; i < 2; i++) {
        for (const char *at = parts[i]; *at;) {
            at += strspn(at, "/");
            size_t size = strcspn(at, "/");
            if (size == 2 && memcmp(at, "..", 2) == 0) {
                while (length > 0 && whole[--length] != '/') {
                }
            } else if (size > 0 && !(size == 1 && at[0] == '.')) {
                if (length + 1 + size >= PATH_MAX) {
                    return false;
                }
                whole[length++] = '/';
                memcpy(whole + length, at, size);
                length += size;
            }
            at += size;
        }
    }
    whole[length] = '\0';
    return true;
}

/** Whether a program that runs is the one of a test. */
static bool is_program(const struct testlist_entry *test, const char *own,
                       const char *word) {
    char one[PATH_MAX], other[PATH_MAX];
    if (!strchr(own, '/')) {
        // It was looked for.
        return strcmp(own, path_base(word)) == 0;
    }
    // It may have been resolved, or not.
    return join(one, test->folder, own) && join(other, test->folder, word) &&
           strcmp(one, other) == 0;
}

/** Whether a word of a test's command is one of the command that runs. */
static bool is_word(const struct testlist_entry *test, size_t at, const json_t *word) {
    const json_t *own = json_array_get(test->command, at);
    return json_equal(own, word) ||
           (at == 0 && own && word &&
            is_program(test, json_string_value(own), json_string_value(word)));
}

/** Whether a test runs in a directory, which /proc has resolved. */
static bool is_place(const struct testlist_entry *test, const char *directory) {
    char whole[PATH_MAX];
    if (!directory ||
        !join(whole, test->folder, test->directory ? test->directory : "")) {
        return false;
    }
    char *resolved = strcmp(whole, directory) == 0 ? NULL : realpath(whole, NULL);
    bool same = strcmp(resolved ? resolved : whole, directory) == 0;
    free(resolved);
    return same;
}

/** How many words of a command are the text of a test's shell, which has become that: all in
 * "exec PROGRAM WORD"; in "PROGRAM WORD" only some shells do so, which counts for less. */
static size_t count_text(const struct testlist_entry *test, const json_t *words) {
    static const char exec[] = "exec ";
    size_t count = json_array_size(test->command), at;
    const char *option = json_string_value(json_array_get(test->command, count - 2));
    const char *text = json_string_value(json_array_get(test->command, count - 1));
    const json_t *word;
    if (count < 3 || !option || !text || strcmp(option, "-c") != 0) {
        return 0;
    }
    bool certain = strncmp(text, exec, strlen(exec)) == 0;
    text += certain ? strlen(exec) : 0;
    json_array_foreach(words, at, word) {
        size_t length = json_string_length(word);
        if (strncmp(text, json_string_value(word), length) != 0 ||
            text[length] != (at + 1 < json_array_size(words) ? ' ' : '\0')) {
            return 0;
        }
        text += length + 1;
    }
    return certain ? json_array_size(words) : 1;
}

/** Take a test into account. */
static void consider(struct testlist_match *match, const struct testlist *list,
                     const struct testlist_entry *test, const json_t *words,
                     const char *directory) {
    uint64_t time = test->time_ns ? test->time_ns : list->usual_ns;
    size_t count = json_array_size(test->command), all = json_array_size(words);
    size_t length = 0;
    // From the end on: a wrapper stands in front, of either.
    while (length < count && length < all &&
           is_word(test, count - 1 - length, json_array_get(words, all - 1 - length))) {
        length++;
    }
    bool whole = length == count;
    if (length == 0) {
        length = all = count_text(test, words);
    }
    if (length == 0 || (!whole && length < all) || length < match->length) {
        return;
    }
    bool there = is_place(test, directory), longer = length > match->length;
    if (longer || (there && !match->there)) {
        time = longer || time < match->time_ns ? time : match->time_ns;
        *match = (struct testlist_match){test->name, time, length, 1, whole, there};
        return;
    }
    match->time_ns = time < match->time_ns ? time : match->time_ns;
    if (match->there && !there) {
        return;
    }
    bool same = match->name && strcmp(match->name, test->name) == 0;
    match->tests += !same;
    match->name = same ? match->name : NULL;
}

void testlist_find(const struct testlist *list, const json_t *words,
                   const char *directory, struct testlist_match *match) {
    for (size_t i = 0; i < list->count; i++) {
        consider(match, list, &list->list[i], words, directory);
    }
}

uint64_t testlist_least(const struct testlist *list) {
    uint64_t least = list->usual_ns;
    for (size_t i = 0; i < list->count; i++) {
        uint64_t time = list->list[i].time_ns;
        least = time && time < least ? time : least;
    }
    return least;
}

void testlist_read_meson(struct testlist *list, const char *folder) {
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s/meson-info/intro-tests.json", PATH_MAX - 64,
             folder);
    json_t *tests = json_load_file(path, 0, NULL);
    const json_t *test;
    size_t at;
    json_array_foreach(tests, at, test) {
        const json_t *time = json_object_get(test, "timeout");
        const struct testlist_entry entry = {
            .name = (char *)json_string_value(json_object_get(test, "name")),
            .command = json_object_get(test, "cmd"),
            .folder = (char *)folder,
            .directory = (char *)json_string_value(json_object_get(test, "workdir")),
            .time_ns = time ? testlist_time(json_number_value(time)) : 0,
        };
        if (entry.name && json_is_array(entry.command)) {
            testlist_add(list, &entry);
        }
    }
    json_decref(tests);
}

void testlist_destroy(struct testlist *list) {
    for (size_t i = 0; i < list->count; i++) {
        forget(&list->list[i]);
    }
    free(list->list);
}
