// SPDX-License-Identifier: MIT
#include "runner/results/merging.h"

#include "runner/diagnose/outcome.h"
#include "runner/formats/document.h"
#include "runner/results/joined.h"
#include "runner/util/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The most commands that are listed of one finding. */
#define COMMANDS_LISTED_MAX 16

json_t *merging_load(const char *directory, char why[200]) {
    json_error_t error;
    char *path = NULL;
    if (asprintf(&path, "%s/findings.json", directory) < 0) {
        snprintf(why, 200, "out of memory");
        return NULL;
    }
    json_t *results = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!results) {
        json_why(&error, why);
        if (access(directory, F_OK) == 0 && access(path, F_OK) != 0) {
            snprintf(why, 200, "it has no findings.json");
        }
        free(path);
        return NULL;
    }
    free(path);
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

/** What makes a trial that one, or its point that point; to be freed. */
static char *key_of(const json_t *trial, bool point) {
    char *key = NULL;
    const char *mode = json_string_value(json_object_get(trial, "mode"));
    const char *stack = json_string_value(json_object_get(trial, "stack_id"));
    int length =
        asprintf(&key, "%s %lld %lld %lld %s", mode && !point ? mode : "",
                 json_integer_value(json_object_get(trial, "process")),
                 json_integer_value(json_object_get(trial, "number")),
                 point ? 0 : json_integer_value(json_object_get(trial, "second")),
                 stack ? stack : "");
    return length < 0 ? NULL : key;
}

/** Note a trial, or its point; 1 where it is new, 0 where it is not, -1 when memory ran
 * out. */
static int note(json_t *known, const json_t *trial, bool point) {
    char *key = key_of(trial, point);
    int result = -1;
    if (key && json_object_get(known, key)) {
        result = 0;
    } else if (key) {
        result = json_object_set_new(known, key, json_true()) == 0 ? 1 : -1;
    }
    free(key);
    return result;
}

/** All trials of a list, or their points: a new object; NULL when memory ran out. */
static json_t *note_all(const json_t *trials, bool point) {
    json_t *known = json_object();
    const json_t *trial;
    size_t at;
    int bad = 0;
    json_array_foreach(trials, at, trial) {
        bad |= note(known, trial, point) < 0;
    }
    return json_finished(known, bad);
}

/** Count one more of a trial: how many there are now, or -1 when memory ran out. */
static json_int_t count_one(json_t *counts, const json_t *trial) {
    char *key = key_of(trial, false);
    json_int_t count = key ? 1 + json_integer_value(json_object_get(counts, key)) : -1;
    if (key && json_object_set_new(counts, key, json_integer(count)) != 0) {
        count = -1;
    }
    free(key);
    return count;
}

/** How many of a trial were counted. */
static json_int_t count_of(const json_t *counts, const json_t *trial) {
    char *key = key_of(trial, false);
    json_int_t count = key ? json_integer_value(json_object_get(counts, key)) : 0;
    free(key);
    return count;
}

/** Add trials to others: how many, or -1 when memory ran out. What looks alike in one list are
 * trials of several programs of a suite. */
static ssize_t add_trials(json_t *into, const json_t *from) {
    json_t *known = json_object(), *own = json_object(), *trial;
    size_t at;
    ssize_t count = known && own ? 0 : -1;
    json_array_foreach(into, at, trial) {
        count = count < 0 || count_one(known, trial) < 0 ? -1 : count;
    }
    json_array_foreach(from, at, trial) {
        json_int_t nth = count < 0 ? -1 : count_one(own, trial);
        bool fresh = nth > 0 && nth > count_of(known, trial);
        count = nth < 0 || (fresh && json_array_append(into, trial) != 0) ? -1
                                                                          : count + fresh;
    }
    json_decref(known);
    json_decref(own);
    return count;
}

/** How many points two lists of trials have both, or -1 when memory ran out. */
static json_int_t count_common(const json_t *one, const json_t *other) {
    json_t *points = note_all(one, true);
    json_t *others = note_all(other, true);
    json_int_t count = points && others ? 0 : -1;
    const char *key;
    json_t *value;
    json_object_foreach(others, key, value) {
        count += count >= 0 && json_object_get(points, key);
    }
    json_decref(others);
    json_decref(points);
    return count;
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

int merging_join_values(json_t *list, const json_t *more) {
    json_t *known = json_object();
    json_t *value;
    size_t at;
    int bad = known ? 0 : -1;
    json_array_foreach(list, at, value) {
        bad |= find_or_put(known, value, value) ? 0 : -1;
    }
    json_array_foreach(more, at, value) {
        size_t count = json_object_size(known);
        bad |= find_or_put(known, value, value) ? 0 : -1;
        bad |=
            list && json_object_size(known) > count ? json_array_append(list, value) : 0;
    }
    json_decref(known);
    return bad;
}

/** Add the commands that come to a finding to those that come to its twin; 0 on success.
 * All are counted, and the first are listed. */
static int join_commands(json_t *twin, const json_t *finding) {
    json_t *list = json_object_get(twin, "commands");
    json_int_t count = json_integer_value(json_object_get(twin, "commands_in_all"));
    json_int_t more = json_integer_value(json_object_get(finding, "commands_in_all"));
    json_int_t listed = (json_int_t)json_array_size(list);
    json_t *others = json_copy(json_object_get(finding, "commands"));
    json_int_t all = listed + (json_int_t)json_array_size(others);
    int bad = merging_join_values(list, others);
    // What both have counts once, as far as it is listed.
    more -= all - (json_int_t)json_array_size(list);
    while (!bad && json_array_size(list) > COMMANDS_LISTED_MAX) {
        bad = json_array_remove(list, json_array_size(list) - 1);
    }
    json_decref(others);
    return bad || !list
               ? bad
               : json_put(twin, "commands_in_all", json_integer(json_sum(count, more)));
}

/** A defect counts where it counts in one of two results. */
static int join_flags(json_t *twin, const json_t *finding) {
    bool defect = json_is_true(json_object_get(twin, "defect")) ||
                  json_is_true(json_object_get(finding, "defect"));
    bool known = json_is_true(json_object_get(twin, "known")) &&
                 json_is_true(json_object_get(finding, "known"));
    int bad = json_object_get(twin, "defect")
                  ? json_put(twin, "defect", json_boolean(defect))
                  : 0;
    bad |=
        json_object_get(twin, "known") ? json_put(twin, "known", json_boolean(known)) : 0;
    return bad | (json_is_string(json_object_get(finding, "suppressed"))
                      ? 0
                      : json_put(twin, "suppressed", json_null()));
}

/** Add a finding to one with the same cause; 0 on success. */
static int join(json_t *twin, const json_t *finding) {
    return merging_join_values(json_object_get(twin, "signatures"),
                               json_object_get(finding, "signatures")) |
           merging_join_values(json_object_get(twin, "programs"),
                               json_object_get(finding, "programs")) |
           join_commands(twin, finding) | join_flags(twin, finding);
}

int merging_join_findings(json_t *into, const json_t *from) {
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

int merging_count_causes(json_t *results) {
    json_t *counts = json_object();
    json_t *value;
    size_t at;
    int bad = counts ? 0 : -1;
    json_array_foreach(json_object_get(results, "trials"), at, value) {
        const char *cause = json_string_value(json_object_get(value, "cause"));
        json_int_t before = json_integer_value(json_object_get(counts, cause));
        bad |= cause ? json_put(counts, cause, json_integer(before + 1)) : 0;
    }
    json_array_foreach(json_object_get(results, "findings"), at, value) {
        const char *cause = json_string_value(json_object_get(value, "cause"));
        json_t *count = json_object_get(counts, cause);
        bad |= count ? json_object_set(value, "trials", count) : 0;
    }
    json_decref(counts);
    return bad;
}

/** How bad a finding's outcome is; behind all others where it is unknown. */
static int rank_of(const json_t *finding) {
    const char *outcome = json_string_value(json_object_get(finding, "outcome"));
    for (unsigned i = 0; outcome && i < OUTCOME_COUNT; i++) {
        if (strcmp(outcome, outcome_name(i)) == 0) {
            return outcome_rank(i);
        }
    }
    return OUTCOME_COUNT;
}

static int by_severity(const void *a, const void *b) {
    const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
    json_int_t trials = json_integer_value(json_object_get(one, "trials"));
    json_int_t others = json_integer_value(json_object_get(other, "trials"));
    int ranks[2] = {rank_of(one), rank_of(other)};
    return ranks[0] != ranks[1] ? ranks[0] - ranks[1]
                                : (trials < others) - (trials > others);
}

int merging_sort_findings(json_t *findings) {
    size_t count = json_array_size(findings);
    json_t **sorted = calloc(count + 1, sizeof(json_t *));
    int bad = !sorted;
    for (size_t i = 0; i < count && !bad; i++) {
        sorted[i] = json_incref(json_array_get(findings, i));
    }
    if (!bad && count > 0) {
        qsort(sorted, count, sizeof(json_t *), by_severity);
    }
    for (size_t i = 0; i < count && !bad; i++) {
        json_array_set_new(findings, i, sorted[i]);
    }
    free(sorted);
    return bad ? -1 : 0;
}

int merging_count_outcomes(json_t *results) {
    json_t *counts = json_object();
    json_t *trial;
    size_t at;
    json_int_t in_place = 0, inferred = 0, recognised = 0;
    int bad = 0;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        bad |= json_put(counts, outcome_name(i), json_integer(0));
    }
    json_array_foreach(json_object_get(results, "trials"), at, trial) {
        const char *outcome = json_string_value(json_object_get(trial, "outcome"));
        json_t *count = outcome ? json_object_get(counts, outcome) : NULL;
        json_integer_set(count, json_integer_value(count) + 1);
        in_place += json_is_true(json_object_get(trial, "in_place"));
        inferred += json_is_true(json_object_get(trial, "inferred"));
        recognised += json_is_true(json_object_get(trial, "recognised"));
    }
    bad |= json_put(results, "in_place", json_integer(in_place));
    bad |= json_put(results, "inferred", json_integer(inferred));
    bad |= json_put(results, "recognised", json_integer(recognised));
    return bad | json_put(results, "outcomes", json_finished(counts, bad));
}

/** Whether all is tried that is planned; 0 on success. All parts plan the same first
 * failures, and each its own second ones. */
static int add_planned(json_t *into, const json_t *from, bool any_new) {
    json_int_t tried = (json_int_t)json_array_size(json_object_get(into, "trials"));
    bool complete = json_is_true(json_object_get(into, "complete")) &&
                    json_is_true(json_object_get(from, "complete"));
    int bad = json_put(into, "tried", json_integer(tried));
    if (json_object_get(into, "planned") && json_object_get(from, "planned")) {
        json_int_t pairs[2], firsts[2];
        const json_t *both[2] = {into, from};
        for (int i = 0; i < 2; i++) {
            json_int_t planned = json_integer_value(json_object_get(both[i], "planned"));
            pairs[i] = json_integer_value(json_object_get(both[i], "planned_pairs"));
            pairs[i] = pairs[i] < 0 || pairs[i] > planned ? 0 : pairs[i];
            firsts[i] = planned - pairs[i];
        }
        json_int_t second = any_new               ? json_sum(pairs[0], pairs[1])
                            : pairs[0] > pairs[1] ? pairs[0]
                                                  : pairs[1];
        json_int_t planned =
            json_sum(firsts[0] > firsts[1] ? firsts[0] : firsts[1], second);
        complete = tried >= planned;
        bad |= json_put(into, "planned", json_integer(planned));
        bad |= json_put(into, "planned_pairs", json_integer(second));
        // Another part may have reached what one of them missed.
        bad |= joined_add_missed(into, any_new ? from : NULL,
                                 planned > tried ? planned - tried : 0);
    }
    return bad | json_put(into, "complete", json_boolean(complete));
}

/** Add up what was found out of trials beside their outcomes, where there is some. */
static int add_doubts(json_t *into, const json_t *from) {
    static const char *const counts[] = {"audited", "audits_agreed", "unchecked"};
    int bad = 0;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const json_t *one = json_object_get(into, counts[i]);
        const json_t *other = json_object_get(from, counts[i]);
        if (one || other) {
            json_int_t sum = json_sum(json_integer_value(one), json_integer_value(other));
            bad |= json_put(into, counts[i], json_integer(sum));
        }
    }
    return bad;
}

/** Add up what is counted, and what holds for all only where it holds for each. */
static int add_counts(json_t *into, const json_t *from, json_int_t common, bool any_new) {
    json_int_t points = json_sum(json_integer_value(json_object_get(into, "points")),
                                 json_integer_value(json_object_get(from, "points")));
    double seconds = json_number_value(json_object_get(into, "seconds"));
    int bad =
        json_put(into, "points", json_integer(points > common ? points - common : 0));
    if (any_new) {
        seconds += json_number_value(json_object_get(from, "seconds"));
        bad |=
            json_put(into, "seconds", json_real(isfinite(seconds) ? seconds : DBL_MAX));
        bad |= add_doubts(into, from);
    }
    return bad | add_planned(into, from, any_new);
}

int merging_join_trials(json_t *into, json_t *from) {
    json_t *trials = json_object_get(into, "trials");
    const json_t *others = json_object_get(from, "trials");
    json_int_t common = count_common(trials, others);
    ssize_t added = common < 0 ? -1 : add_trials(trials, others);
    return added < 0 || add_counts(into, from, common, added > 0) ? -1 : 0;
}

size_t merging_reached(const json_t *results) {
    const json_t *trial;
    size_t at, count = 0;
    json_array_foreach(json_object_get(results, "trials"), at, trial) {
        const json_t *failed = json_object_get(trial, "failed");
        count += !failed || json_integer_value(failed) > 0;
    }
    return count;
}

size_t merging_defects(const json_t *results, bool known) {
    const json_t *finding;
    size_t at, count = 0;
    json_array_foreach(json_object_get(results, "findings"), at, finding) {
        count += known ? document_is_defect(finding) : document_counts(finding);
    }
    return count;
}
