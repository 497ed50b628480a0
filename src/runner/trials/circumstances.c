// SPDX-License-Identifier: MIT
#include "runner/trials/circumstances.h"

#include "runner/util/capture.h"
#include "runner/util/clock.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"

#include <stdlib.h>

/** The longest time that is believed: a year. */
#define MILLISECONDS_MAX (366 * INT64_C(86400) * 1000)

json_t *circumstances_json(const struct circumstances *circumstances) {
    uint64_t ms = (circumstances->timeout_ns + CLOCK_MILLISECOND - 1) / CLOCK_MILLISECOND;
    json_t *object = json_object();
    int bad = exact_put(object, "input", circumstances->input);
    if (circumstances->piped) {
        bad |= json_put(object, "piped", json_true());
    }
    bad |= exact_put(object, "prepare", circumstances->prepare);
    bad |= exact_put(object, "check", circumstances->check);
    if (circumstances->expect_status) {
        bad |= exact_put(object, "expect_status", circumstances->expect_status);
    }
    if (circumstances->expect_message) {
        bad |= exact_put(object, "expect_message", circumstances->expect_message);
    }
    if (circumstances->strict) {
        bad |= json_put(object, "strict", json_true());
    }
    bad |= json_put(object, "scratch", json_boolean(circumstances->scratch));
    bad |= json_put(object, "leaks", json_boolean(circumstances->leaks));
    if (circumstances->leaks && circumstances->wrappers.count > 0) {
        bad |= exact_put_list(object, "wrappers", circumstances->wrappers.list,
                              circumstances->wrappers.count);
    }
    bad |=
        exact_put_list(object, "watch", circumstances->watch, circumstances->watch_count);
    bad |= json_put(object, "timeout_ms", json_count(ms));
    if (circumstances->file_max > 0) {
        bad |= json_put(object, "file_max", json_count(circumstances->file_max));
    }
    if (circumstances->drive) {
        bad |= exact_put(object, "ready", circumstances->ready);
        bad |= exact_put(object, "drive", circumstances->drive);
        bad |= exact_put(object, "health", circumstances->health);
        bad |= json_put(object, "ready_ms",
                        json_count(circumstances->ready_ns / CLOCK_MILLISECOND));
    }
    if (circumstances->program) {
        bad |= exact_put(object, "program", circumstances->program);
    }
    if (circumstances->directory) {
        bad |= exact_put(object, "directory", circumstances->directory);
    }
    if (circumstances->environment) {
        bad |= exact_put_arguments(object, "environment", circumstances->environment);
    }
    return json_finished(object, bad);
}

static const char *text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/** Take a list of texts, up to a NULL; NULL when memory ran out. To be freed. */
static char **texts(const json_t *list) {
    char **found = calloc(json_array_size(list) + 1, sizeof(found[0]));
    size_t count = 0;
    for (size_t i = 0; found && i < json_array_size(list); i++) {
        const char *value = json_string_value(json_array_get(list, i));
        if (value) {
            found[count++] = (char *)value;
        }
    }
    return found;
}

int circumstances_read(struct circumstances *circumstances, const json_t *object) {
    const json_t *watch = json_object_get(object, "watch");
    json_int_t ms = json_integer_value(json_object_get(object, "timeout_ms"));
    json_int_t most = json_integer_value(json_object_get(object, "file_max"));
    json_int_t ready = json_integer_value(json_object_get(object, "ready_ms"));
    *circumstances = (struct circumstances){
        .input = text(object, "input"),
        .piped = json_is_true(json_object_get(object, "piped")),
        .prepare = text(object, "prepare"),
        .check = text(object, "check"),
        .expect_status = text(object, "expect_status"),
        .expect_message = text(object, "expect_message"),
        .strict = json_is_true(json_object_get(object, "strict")),
        .scratch = json_is_true(json_object_get(object, "scratch")),
        .leaks = json_is_true(json_object_get(object, "leaks")),
        .watch = calloc(json_array_size(watch) + 1, sizeof(circumstances->watch[0])),
        .timeout_ns = ms > 0 && ms <= MILLISECONDS_MAX ? (uint64_t)ms * CLOCK_MILLISECOND
                                                       : 10 * CLOCK_SECOND,
        .file_max =
            most > 0 && (uint64_t)most <= CAPTURE_MOST ? (uint64_t)most : CAPTURE_MAX,
        .program = text(object, "program"),
        .directory = text(object, "directory"),
        .environment = texts(json_object_get(object, "environment")),
        .ready = text(object, "ready"),
        .drive = text(object, "drive"),
        .health = text(object, "health"),
        .ready_ns = ready > 0 && ready <= MILLISECONDS_MAX
                        ? (uint64_t)ready * CLOCK_MILLISECOND
                        : 30 * CLOCK_SECOND,
    };
    const json_t *wrappers = json_object_get(object, "wrappers");
    for (size_t i = 0; i < json_array_size(wrappers) && i < STACKS_GLOBS_MAX; i++) {
        const char *name = json_string_value(json_array_get(wrappers, i));
        if (name) {
            circumstances->wrappers.list[circumstances->wrappers.count++] = name;
        }
    }
    for (size_t i = 0; circumstances->watch && i < json_array_size(watch); i++) {
        const char *name = json_string_value(json_array_get(watch, i));
        if (name) {
            circumstances->watch[circumstances->watch_count++] = name;
        }
    }
    return circumstances->watch && circumstances->environment ? 0 : -1;
}
