// SPDX-License-Identifier: MIT
#include "runner/util/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *value) {
    json_t *string = json_string(value);
    char *copy = string ? NULL : strdup(value);
    if (!copy) {
        return string;
    }
    for (char *at = copy; *at; at++) {
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    }
    string = json_string(copy);
    free(copy);
    return string;
}

void json_why(const json_error_t *error, char why[200]) {
    static const char unopened[] = "unable to open ";
    if (strncmp(error->text, unopened, sizeof(unopened) - 1) == 0) {
        snprintf(why, 200, "%s", strerror(errno));
    } else if (error->line > 0) {
        snprintf(why, 200, "it is not JSON: line %d: %.150s", error->line, error->text);
    } else {
        snprintf(why, 200, "%.190s", error->text);
    }
}

json_t *json_optional(const char *value) {
    return value ? json_text(value) : json_null();
}

json_t *json_count(uint64_t value) {
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

json_t *json_hex(uint64_t value) {
    char text[32];
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

json_t *json_id(uint64_t value) {
    char text[32];
    snprintf(text, sizeof(text), "%016" PRIx64, value);
    return json_string(text);
}

json_t *json_bytes(const unsigned char *bytes, size_t count) {
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * count + 1);
    for (size_t i = 0; text && i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *value = !text       ? NULL
                    : count > 0 ? json_stringn(text, 2 * count)
                                : json_null();
    free(text);
    return value;
}

json_int_t json_sum(json_int_t one, json_int_t other) {
    json_int_t sum;
    if (__builtin_add_overflow(one, other, &sum)) {
        return one < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

int json_put(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value);
}

json_t *json_finished(json_t *object, int failures) {
    if (failures != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}
