// SPDX-License-Identifier: MIT
#include "runner/util/exact.h"

#include "runner/util/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX "_bytes"
/** The longest name of a member that has its bytes beside it. */
#define KEY_MAX 32

/** Whether JSON can hold it as it is. */
static bool is_plain(const char *text) {
    json_t *string = json_string(text);
    json_decref(string);
    return string != NULL;
}

/** A text's bytes; null where it needs none. */
static json_t *bytes_of(const char *text) {
    return !text || is_plain(text)
               ? json_null()
               : json_bytes((const unsigned char *)text, strlen(text));
}

/** Add bytes beside a member, unless there are none; takes them over. */
static int put_bytes(json_t *object, const char *key, json_t *bytes, bool any) {
    char name[KEY_MAX + sizeof(SUFFIX)];
    snprintf(name, sizeof(name), "%.*s" SUFFIX, KEY_MAX, key);
    if (!any && bytes) {
        json_decref(bytes);
        return 0;
    }
    return json_put(object, name, bytes);
}

int exact_put(json_t *object, const char *key, const char *text) {
    json_t *bytes = bytes_of(text);
    int bad = json_put(object, key, json_optional(text));
    return put_bytes(object, key, bytes, !json_is_null(bytes)) | bad;
}

int exact_put_list(json_t *object, const char *key, const char *const *texts,
                   size_t count) {
    json_t *list = json_array(), *all = json_array();
    bool any = false;
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        json_t *bytes = bytes_of(texts[i]);
        any |= json_is_string(bytes);
        bad |= json_array_append_new(list, json_text(texts[i]));
        bad |= json_array_append_new(all, bytes);
    }
    bad |= json_put(object, key, list);
    return put_bytes(object, key, all, any) | bad;
}

int exact_put_arguments(json_t *object, const char *key, char *const *arguments) {
    size_t count = 0;
    while (arguments && arguments[count]) {
        count++;
    }
    return exact_put_list(object, key, (const char *const *)arguments, count);
}

static int digit(char character) {
    static const char digits[] = "0123456789abcdef";
    const char *found = character ? strchr(digits, character) : NULL;
    return found ? (int)(found - digits) : -1;
}

/** What hexadecimal digits stand for. Where they are none, or no text's, and where memory
 * ran out: NULL. To be freed. */
static char *decode(const char *hex) {
    size_t length = strlen(hex) / 2;
    char *text = malloc(length + 1);
    bool good = text && strlen(hex) % 2 == 0;
    for (size_t i = 0; i < length && good; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
        good = high >= 0 && low >= 0 && high + low > 0;
        text[i] = good ? (char)(16 * high + low) : '\0';
    }
    if (!good) {
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

/** One text with its bytes instead, as far as they are; NULL when memory ran out. */
static json_t *restored(json_t *text, const json_t *bytes) {
    char *exact = json_is_string(bytes) ? decode(json_string_value(bytes)) : NULL;
    json_t *string = exact ? json_string_nocheck(exact) : json_incref(text);
    free(exact);
    return string;
}

/** The same for a list. */
static json_t *restored_list(const json_t *texts, const json_t *bytes) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < json_array_size(texts); i++) {
        json_t *text = json_array_get(texts, i);
        bad |= json_array_append_new(list, restored(text, json_array_get(bytes, i)));
    }
    return json_finished(list, bad);
}

int exact_restore(json_t *object) {
    json_t *exact = json_object();
    const char *key;
    json_t *value;
    int bad = exact ? 0 : -1;
    json_object_foreach(object, key, value) {
        char name[KEY_MAX + sizeof(SUFFIX)];
        snprintf(name, sizeof(name), "%.*s" SUFFIX, KEY_MAX, key);
        const json_t *bytes = json_object_get(object, name);
        if (bytes && strlen(key) <= KEY_MAX) {
            bad |= json_put(exact, key,
                            json_is_array(value) ? restored_list(value, bytes)
                                                 : restored(value, bytes));
        }
    }
    bad |= json_object_update(object, exact);
    json_decref(exact);
    return bad ? -1 : 0;
}
