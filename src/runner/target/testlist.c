// SPDX-License-Identifier: MIT
#include "runner/target/testlist.h"

#include "runner/target/procfile.h"
#include "runner/util/path.h"

#include <ctype.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** So deep folders are looked into. */
#define DEPTH_MAX 16
/** The most that is read of a list. */
#define LIST_MAX (16 << 20)

/** What is looked for, and found. */
struct search {
    /** The command line, as an array. */
    json_t *words;
    char *name;
    /** How much of the command is the same, and how many tests have so much of it. */
    size_t length, tests;
};

/** Take a test's command into account. */
static void consider(struct search *search, const char *name, const json_t *command) {
    size_t count = json_array_size(command), length = 0;
    size_t all = json_array_size(search->words);
    // From the end on: a wrapper stands in front, of either.
    while (length < count && length < all &&
           json_equal(json_array_get(command, count - 1 - length),
                      json_array_get(search->words, all - 1 - length))) {
        length++;
    }
    bool whole = length == count || length == all;
    if (length == 0 || !whole || length < search->length) {
        return;
    }
    bool same =
        length == search->length && search->name && strcmp(search->name, name) == 0;
    search->tests = length > search->length ? 1 : search->tests + !same;
    search->length = length;
    if (search->tests == 1 && !same) {
        free(search->name);
        search->name = strdup(name);
    }
}

/** Read Meson's list of tests. */
static void search_meson(struct search *search, const char *folder) {
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s/meson-info/intro-tests.json", PATH_MAX - 64,
             folder);
    json_t *tests = json_load_file(path, 0, NULL);
    const json_t *test;
    size_t at;
    json_array_foreach(tests, at, test) {
        const char *name = json_string_value(json_object_get(test, "name"));
        if (name) {
            consider(search, name, json_object_get(test, "cmd"));
        }
    }
    json_decref(tests);
}

/** Read a file; to be freed, NULL where it is not there. */
static char *read_list(const char *path) {
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    ssize_t length = file ? getdelim(&text, &size, '\0', file) : -1;
    if (file) {
        fclose(file);
    }
    if (length < 0 || length > LIST_MAX) {
        free(text);
        return NULL;
    }
    return text;
}

/** The end of a word of CMake's that stands in brackets: "[=[word]=]"; NULL = it is none. */
static const char *find_bracket(const char *text, const char **begin) {
    char end[16] = "]";
    size_t equals = strspn(text + 1, "=");
    if (text[0] != '[' || text[1 + equals] != '[' || equals + 3 > sizeof(end)) {
        return NULL;
    }
    memset(end + 1, '=', equals);
    memcpy(end + 1 + equals, "]", 2);
    *begin = text + equals + 2;
    return strstr(*begin, end);
}

/** Read a word of CMake's, and go behind it; NULL at the end of the command. */
static json_t *read_word(const char **text) {
    const char *at = *text + strspn(*text, " \t\r\n"), *begin;
    const char *end = find_bracket(at, &begin);
    if (end) {
        *text = strchr(end + 1, ']') + 1;
        return json_stringn_nocheck(begin, (size_t)(end - begin));
    }
    char *word = NULL;
    size_t size;
    bool quoted = *at == '"';
    FILE *stream = *at && *at != ')' ? open_memstream(&word, &size) : NULL;
    for (at += quoted; stream && *at && !strchr(quoted ? "\"" : " \t\r\n)", *at); at++) {
        at += *at == '\\' && at[1];
        fputc(*at, stream);
    }
    *text = at + (quoted && *at == '"');
    json_t *value = stream && fclose(stream) == 0 ? json_string(word) : NULL;
    free(word);
    return value;
}

/** Read the words of a command of CMake's. */
static json_t *read_words(const char **text) {
    json_t *words = json_array();
    json_t *word;
    while (words && (word = read_word(text))) {
        json_array_append_new(words, word);
    }
    return words;
}

static void search_ctest(struct search *search, const char *folder, int depth);

/** Take a command of a list of CTest's into account: a test, or more folders. */
static void take_command(struct search *search, const char *folder, bool test,
                         json_t *words, int depth) {
    const char *first = json_string_value(json_array_get(words, 0));
    if (test && first) {
        char *name = strdup(first);
        json_array_remove(words, 0);
        if (name) {
            consider(search, name, words);
        }
        free(name);
        return;
    }
    const json_t *word;
    size_t at;
    json_array_foreach(words, at, word) {
        char path[PATH_MAX];
        const char *name = json_string_value(word);
        snprintf(path, sizeof(path), "%.*s%s%.*s", name[0] == '/' ? 0 : PATH_MAX / 2,
                 folder, name[0] == '/' ? "" : "/", PATH_MAX / 2 - 2, name);
        search_ctest(search, path, depth + 1);
    }
}

/** Read CTest's list of tests, and those of the folders below. */
static void search_ctest(struct search *search, const char *folder, int depth) {
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s/CTestTestfile.cmake", PATH_MAX - 64, folder);
    char *list = depth < DEPTH_MAX ? read_list(path) : NULL;
    const char *at = list;
    while (at && *at) {
        static const char *const commands[] = {"add_test(", "subdirs("};
        at += strspn(at, " \t");
        for (size_t i = 0; i < 2; i++) {
            if (strncmp(at, commands[i], strlen(commands[i])) == 0) {
                at += strlen(commands[i]);
                json_t *words = read_words(&at);
                take_command(search, folder, i == 0, words, depth);
                json_decref(words);
            }
        }
        at = strchr(at, '\n');
        at += at ? 1 : 0;
    }
    free(list);
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

/** Whether a process is a program of a name, or an interpreter of it. */
static bool is_program(const char *words, size_t size, const char *name) {
    size_t at = 0;
    for (int i = 0; i < 3 && at < size; i++) {
        if (strcmp(path_base(words + at), name) == 0) {
            return true;
        }
        at += strlen(words + at) + 1;
    }
    return false;
}

char *testlist_find(pid_t harness, const char *words, size_t size) {
    char link[64], folder[PATH_MAX];
    struct search search = {.words = array_of(words, size)};
    size_t length;
    snprintf(link, sizeof(link), "/proc/%d/cwd", (int)harness);
    ssize_t got = readlink(link, folder, sizeof(folder) - 1);
    char *own = got > 0 ? procfile_strings(harness, "cmdline", &length) : NULL;
    folder[got > 0 ? got : 0] = '\0';
    if (own && is_program(own, length, "ctest")) {
        search_ctest(&search, folder, 0);
    } else if (own && is_program(own, length, "meson")) {
        search_meson(&search, folder);
    }
    free(own);
    json_decref(search.words);
    if (search.tests > 1) {
        free(search.name);
        return NULL;
    }
    return search.name;
}
