// SPDX-License-Identifier: MIT
#include "runner/formats/triallist.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static json_t *get_element(const void *from, size_t at) {
    return json_incref(json_array_get(from, at));
}

struct triallist triallist_of(const json_t *array) {
    return (struct triallist){array, json_array_size(array), get_element};
}

/** jansson's: write a part of a member, two columns further in. Within its texts no line
 * ends. */
static int write_member(const char *text, size_t size, void *context) {
    FILE *stream = context;
    for (const char *end = text + size; text < end;) {
        const char *line = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((line ? line + 1 : end) - text);
        if (fwrite(text, length, 1, stream) != 1 || (line && fputs("  ", stream) < 0)) {
            return -1;
        }
        text += length;
    }
    return 0;
}

/** Write the trials as an array; 0 on success, -1 with errno. */
static int write_trials(const struct triallist *trials, FILE *stream) {
    const char *before = "[\n    ";
    for (size_t i = 0; i < trials->count; i++) {
        json_t *trial = trials->get(trials->from, i);
        if (!trial) {
            errno = ENOMEM;
            return -1;
        }
        if (!json_is_null(trial)) {
            fputs(before, stream);
            before = ",\n    ";
        }
        int bad = !json_is_null(trial) && json_dumpf(trial, stream, JSON_ENCODE_ANY) != 0;
        json_decref(trial);
        if (bad) {
            return -1;
        }
    }
    return fputs(*before == '[' ? "[]" : "\n  ]", stream) < 0 ? -1 : 0;
}

int triallist_write(const json_t *document, const struct triallist *trials,
                    FILE *stream) {
    const char *key, *before = "{\n  ";
    json_t *value;
    json_object_foreach((json_t *)document, key, value) {
        struct triallist list = trials ? *trials : triallist_of(value);
        bool is_list = strcmp(key, "trials") == 0 && json_is_array(value);
        json_t *name = json_string(key);
        fputs(before, stream);
        before = ",\n  ";
        int bad = json_dumpf(name, stream, JSON_ENCODE_ANY) != 0 ||
                  fputs(": ", stream) < 0 ||
                  (is_list ? write_trials(&list, stream)
                           : json_dump_callback(value, write_member, stream,
                                                JSON_INDENT(2) | JSON_ENCODE_ANY)) != 0;
        json_decref(name);
        if (bad) {
            return -1;
        }
    }
    return fputs(*before == '{' ? "{}\n" : "\n}\n", stream) < 0 ? -1 : 0;
}
