// SPDX-License-Identifier: MIT
#include "runner/results/leftovers.h"

#include "runner/trials/trial.h"
#include "runner/util/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What makes two commands the same. */
static const char *const identity[] = {"program",   "arguments", "arguments_bytes",
                                       "directory", "input",     "environment",
                                       "piped",     "test"};

static bool is_same(const json_t *one, const json_t *other) {
    for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++) {
        const json_t *value = json_object_get(one, identity[i]);
        const json_t *twin = json_object_get(other, identity[i]);
        if (value && twin ? !json_equal(value, twin) : value != twin) {
            return false;
        }
    }
    return true;
}

int leftovers_join(json_t *list, const json_t *more) {
    json_t *entry, *twin;
    size_t at, place;
    int bad = 0;
    json_array_foreach(more, at, entry) {
        json_t *found = NULL;
        json_array_foreach(list, place, twin) {
            found = !found && is_same(entry, twin) ? twin : found;
        }
        bad |= found ? json_array_extend(json_object_get(found, "failures"),
                                         json_object_get(entry, "failures"))
                     : json_array_append(list, entry);
    }
    return bad;
}

/** Note a failure; 1 where it is new, 0 where it is not, -1 when memory ran out. */
static int note(json_t *known, const json_t *failure) {
    const char *stack = json_string_value(json_object_get(failure, "stack_id"));
    const char *mode = json_string_value(json_object_get(failure, "mode"));
    char *key = NULL;
    if (asprintf(&key, "%s %s", stack ? stack : "", mode ? mode : "") < 0) {
        return -1;
    }
    int result = json_object_get(known, key)                         ? 0
                 : json_object_set_new(known, key, json_true()) == 0 ? 1
                                                                     : -1;
    free(key);
    return result;
}

/** Whether a failure was tried after the suite: then it is told beside its trial. */
static bool is_fresh(const json_t *failure) {
    const char *fresh = json_string_value(json_object_get(failure, "fresh"));
    return fresh && strcmp(fresh, trial_left_words(TRIAL_LEFT_FRESH)) == 0;
}

/** Take out of a command what is known. */
static int settle(json_t *entry, json_t *known, json_t *fresh) {
    json_t *failures = json_object_get(entry, "failures");
    int bad = 0;
    for (size_t at = json_array_size(failures); at-- > 0 && !bad;) {
        const json_t *failure = json_array_get(failures, at);
        int is_new = note(is_fresh(failure) ? fresh : known, failure);
        bad = is_new < 0 || (is_new == 0 && json_array_remove(failures, at) != 0);
    }
    return bad;
}

int leftovers_settle(json_t *list, const json_t *trials) {
    json_t *known = json_object();
    json_t *fresh = json_object();
    const json_t *trial;
    size_t at;
    int bad = !known || !fresh;
    json_array_foreach(trials, at, trial) {
        bad = bad || note(known, trial) < 0;
    }
    for (at = json_array_size(list); at-- > 0 && !bad;) {
        json_t *entry = json_array_get(list, at);
        bad = settle(entry, known, fresh);
        if (!bad && json_array_size(json_object_get(entry, "failures")) == 0) {
            bad = json_array_remove(list, at);
        }
    }
    json_decref(known);
    json_decref(fresh);
    return bad;
}
