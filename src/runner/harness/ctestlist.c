// SPDX-License-Identifier: MIT
// What CMake writes for CTest: add_test(), set_tests_properties(), and where there are more of
// them. What stands under if() is taken, too: of a test of several configurations the command
// tells which one runs.
#include "runner/harness/testlist.h"

#include "runner/util/clock.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** So deep files are followed. */
#define DEPTH_MAX 16
/** The most that is read of one. */
#define LIST_MAX (16 << 20)

/** A file that is read. */
struct file {
    struct testlist *list;
    /** Where names begin. */
    const char *folder;
    int depth;
};

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
    size_t equals = text[0] == '[' ? strspn(text + 1, "=") : 0;
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

static void read_file(const struct file *from, const char *path, const char *folder);

/** A test: its name, and its command. */
static void take_test(const struct file *file, json_t *words) {
    json_t *first = json_incref(json_array_get(words, 0));
    const struct testlist_entry test = {
        .name = (char *)json_string_value(first),
        .command = words,
        .folder = (char *)file->folder,
    };
    if (test.name) {
        json_array_remove(words, 0);
        testlist_add(file->list, &test);
    }
    json_decref(first);
}

/** Names of tests, and what holds for all of them. */
static void take_properties(const struct file *file, json_t *words) {
    size_t names = 0, count = json_array_size(words);
    while (names < count &&
           strcmp(json_string_value(json_array_get(words, names)), "PROPERTIES") != 0) {
        names++;
    }
    for (size_t at = names + 1; at + 1 < count; at += 2) {
        const char *key = json_string_value(json_array_get(words, at));
        const char *value = json_string_value(json_array_get(words, at + 1));
        for (size_t i = 0; i < names; i++) {
            const char *name = json_string_value(json_array_get(words, i));
            if (strcmp(key, "TIMEOUT") == 0) {
                testlist_limit(file->list, name, testlist_time(strtod(value, NULL)));
            } else if (strcmp(key, "WORKING_DIRECTORY") == 0) {
                testlist_place(file->list, name, value);
            }
        }
    }
}

/** More folders. */
static void take_folders(const struct file *file, json_t *words) {
    const json_t *word;
    size_t at;
    json_array_foreach(words, at, word) {
        char folder[PATH_MAX], path[PATH_MAX];
        const char *name = json_string_value(word);
        snprintf(folder, sizeof(folder), "%.*s%s%.*s", name[0] == '/' ? 0 : PATH_MAX / 2,
                 file->folder, name[0] == '/' ? "" : "/", PATH_MAX / 2 - 64, name);
        snprintf(path, sizeof(path), "%.*s/CTestTestfile.cmake", PATH_MAX - 64, folder);
        read_file(file, path, folder);
    }
}

/** One more file, of the same folder. */
static void take_file(const struct file *file, json_t *words) {
    const char *path = json_string_value(json_array_get(words, 0));
    if (path && path[0] == '/') {
        read_file(file, path, file->folder);
    }
}

static const struct {
    const char *name;
    void (*take)(const struct file *file, json_t *words);
} commands[] = {
    {"add_test(", take_test},
    {"set_tests_properties(", take_properties},
    {"subdirs(", take_folders},
    {"include(", take_file},
};

/** Read a file, and those that it names. */
static void read_file(const struct file *from, const char *path, const char *folder) {
    const struct file file = {from->list, folder, from->depth + 1};
    char *text = file.depth < DEPTH_MAX ? read_list(path) : NULL;
    const char *at = text;
    while (at && *at) {
        at += strspn(at, " \t");
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
            if (strncmp(at, commands[i].name, strlen(commands[i].name)) == 0) {
                at += strlen(commands[i].name);
                json_t *words = read_words(&at);
                commands[i].take(&file, words);
                json_decref(words);
            }
        }
        at = strchr(at, '\n');
        at += at ? 1 : 0;
    }
    free(text);
}

void testlist_read_ctest(struct testlist *list, const char *folder) {
    const struct file none = {.list = list};
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s/CTestTestfile.cmake", PATH_MAX - 64, folder);
    read_file(&none, path, folder);
}
