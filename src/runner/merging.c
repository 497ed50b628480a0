// SPDX-License-Identifier: MIT
#include "runner/merging.h"

#include "runner/json.h"
#include "runner/outcome.h"
#include "runner/tally.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *merging_load(const char *directory, char why[200]) {
    json_error_t error;
    char *path = NULL;
    if (asprintf(&path, "%s/findings.json", directory) < 0) {
        snprintf(why, 200, "out of memory");
        return NULL;
    }
    json_t *results = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    free(path);
    if (!results) {
        snprintf(why, 200, "%.190s", error.text);
        return NULL;
    }
    const char *schema = json_string_value(json_object_get(results, "schema"));
    const json_t *version = json_object_get(results, "schema_version");
    if (!schema || strcmp(schema, "mallocfail-exploration") != 0 ||
        json_integer_value(version) != 1 ||
        !json_is_array(json_object_get(results, "trials")) ||
        !json_is_array(json_object_get(results, "findings"))) {
        snprintf(why, 200, "findings.json is not of an exploration of this version");
        json_decref(results);
        return NULL;
    }
    return results;
}

/** What makes a trial that one; to be freed. */
static char *trial_key(const json_t *trial) {
    char *key = NULL;
    const char *mode = json_string_value(json_object_get(trial, "mode"));
    const char *stack = json_string_value(json_object_get(trial, "stack_id"));
    int length = asprintf(&key, "%s %lld %lld %lld %s", mode ? mode : "",
                          json_integer_value(json_object_get(trial, "process")),
                          json_integer_value(json_object_get(trial, "number")),
                          json_integer_value(json_object_get(trial, "second")),
                          stack ? stack : "");
    return length < 0 ? NULL : key;
}

/** Note a trial; 1 where it is new, 0 where it is not, -1 when memory ran out. */
static int note_trial(json_t *known, const json_t *trial) {
    char *key = trial_key(trial);
    int result = -1;
    if (key && json_object_get(known, key)) {
        result = 0;
    } else if (key) {
        result = json_object_set_new(known, key, json_true()) == 0 ? 1 : -1;
    }
    free(key);
    return result;
}

/** Add trials to others; 0 on success. */
static int add_trials(json_t *into, const json_t *from) {
    json_t *known = json_object();
    json_t *trial;
    size_t at;
    int result = known ? 0 : -1;
    json_array_foreach(into, at, trial) {
        result = result < 0 ? -1 : note_trial(known, trial);
    }
    json_array_foreach(from, at, trial) {
        result = result < 0 ? -1 : note_trial(known, trial);
        if (result > 0 && json_array_append(into, trial) != 0) {
            result = -1;
        }
    }
    json_decref(known);
    return result < 0 ? -1 : 0;
}

/** What an index has for a value; where there is nothing `entry` is put there, and
 * returned, and where there is no value just returned. NULL when memory ran out. */
static json_t *find_or_put(json_t *index, const json_t *value, json_t *entry) {
    if (!value) {
        return entry;
    }
    char *key = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    json_t *found = key ? json_object_get(index, key) : NULL;
    if (key && !found && json_object_set(index, key, entry) == 0) {
        found = entry;
    }
    free(key);
    return found;
}

/** Add signatures to others, each once; 0 on success. */
static int join_signatures(json_t *list, const json_t *more) {
    json_t *known = json_object();
    json_t *signature;
    size_t at;
    int bad = known ? 0 : -1;
    json_array_foreach(list, at, signature) {
        bad |= find_or_put(known, signature, signature) ? 0 : -1;
    }
    json_array_foreach(more, at, signature) {
        size_t count = json_object_size(known);
        bad |= find_or_put(known, signature, signature) ? 0 : -1;
        bad |= json_object_size(known) > count ? json_array_append(list, signature) : 0;
    }
    json_decref(known);
    return bad;
}

/** Add a finding to one with the same cause; 0 on success. */
static int join(json_t *twin, const json_t *finding) {
    json_int_t sum = json_sum(json_integer_value(json_object_get(twin, "trials")),
                              json_integer_value(json_object_get(finding, "trials")));
    return join_signatures(json_object_get(twin, "signatures"),
                           json_object_get(finding, "signatures")) |
           json_put(twin, "trials", json_integer(sum));
}

/** Add findings to others, those with the same cause to each other; 0 on success. */
static int add_findings(json_t *into, const json_t *from) {
    json_t *causes = json_object();
    json_t *finding;
    size_t at;
    int bad = causes ? 0 : -1;
    json_array_foreach(into, at, finding) {
        bad |= find_or_put(causes, json_object_get(finding, "cause"), finding) ? 0 : -1;
    }
    json_array_foreach(from, at, finding) {
        json_t *twin = find_or_put(causes, json_object_get(finding, "cause"), finding);
        bad |= !twin             ? -1
               : twin != finding ? join(twin, finding)
                                 : json_array_append(into, finding);
    }
    json_decref(causes);
    return bad;
}

/** Count outcomes anew. */
static int count_outcomes(json_t *results) {
    json_t *counts = json_object();
    json_t *trial;
    size_t at;
    int bad = 0;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        bad |= json_put(counts, outcome_name(i), json_integer(0));
    }
    json_array_foreach(json_object_get(results, "trials"), at, trial) {
        const char *outcome = json_string_value(json_object_get(trial, "outcome"));
        json_t *count = outcome ? json_object_get(counts, outcome) : NULL;
        json_integer_set(count, json_integer_value(count) + 1);
    }
    return bad | json_put(results, "outcomes", json_finished(counts, bad));
}

/** Add up what is counted, and what holds for all only where it holds for each. */
static int add_counts(json_t *into, const json_t *from) {
    static const char *const sums[] = {"points", "in_place", "implied"};
    int bad = 0;
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        json_int_t sum = json_sum(json_integer_value(json_object_get(into, sums[i])),
                                  json_integer_value(json_object_get(from, sums[i])));
        bad |= json_put(into, sums[i], json_integer(sum));
    }
    double seconds = json_number_value(json_object_get(into, "seconds")) +
                     json_number_value(json_object_get(from, "seconds"));
    bad |= json_put(into, "seconds", json_real(seconds < DBL_MAX ? seconds : DBL_MAX));
    bool complete = json_is_true(json_object_get(into, "complete")) &&
                    json_is_true(json_object_get(from, "complete"));
    return bad | json_put(into, "complete", json_boolean(complete));
}

/** Join what stacks and call sites there are, and count them anew. */
static int add_coverage(json_t *into, const json_t *from) {
    json_t *coverage = json_object_get(into, "coverage");
    json_t *other = json_object_get(from, "coverage");
    int bad = 0;
    if (!json_is_object(coverage)) {
        bad = other ? json_object_set(into, "coverage", other) : 0;
        coverage = other;
    } else if (json_is_object(other)) {
        bad = tally_join(coverage, other);
    }
    const struct triallist trials = triallist_of(json_object_get(into, "trials"));
    return bad || (coverage && tally_trials(coverage, &trials) != 0);
}

int merging_add(json_t *into, json_t *from, char why[200]) {
    static const char *const same[] = {"program", "arguments", "arm", "allocator",
                                       "input"};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        if (!json_equal(json_object_get(into, same[i]), json_object_get(from, same[i]))) {
            snprintf(why, 200, "its \"%s\" is another than in those before", same[i]);
            return -1;
        }
    }
    if (add_trials(json_object_get(into, "trials"), json_object_get(from, "trials")) ||
        add_findings(json_object_get(into, "findings"),
                     json_object_get(from, "findings")) ||
        add_counts(into, from) || count_outcomes(into) || add_coverage(into, from)) {
        snprintf(why, 200, "out of memory");
        return -1;
    }
    return 0;
}

size_t merging_defects(const json_t *results) {
    const json_t *finding;
    size_t at, count = 0;
    json_array_foreach(json_object_get(results, "findings"), at, finding) {
        const char *outcome = json_string_value(json_object_get(finding, "outcome"));
        for (unsigned i = 0; outcome && i < OUTCOME_COUNT; i++) {
            bool defect = outcome_is_defect(i) || i == OUTCOME_LEAKED;
            count += strcmp(outcome, outcome_name(i)) == 0 && defect &&
                     !json_is_true(json_object_get(finding, "known"));
        }
    }
    return count;
}
