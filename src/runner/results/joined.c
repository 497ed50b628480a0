// SPDX-License-Identifier: MIT
#include "runner/results/joined.h"

#include "runner/results/merging.h"
#include "runner/util/json.h"
#include "runner/util/path.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/** Sum numbers up; whole ones stay so. */
static json_t *sum_of(const json_t *list, const char *key) {
    const json_t *element;
    size_t at;
    json_int_t whole = 0;
    double real = 0;
    bool is_real = false;
    json_array_foreach(list, at, element) {
        const json_t *value = json_object_get(element, key);
        is_real |= json_is_real(value);
        real += json_number_value(value);
        whole = json_sum(whole, json_integer_value(value));
    }
    return is_real ? json_real(isfinite(real) ? real : DBL_MAX) : json_integer(whole);
}

/** Whether all say yes, or no where they say nothing. */
static json_t *all_of(const json_t *list, const char *key) {
    const json_t *element;
    size_t at;
    bool all = true;
    json_array_foreach(list, at, element) {
        all &= json_is_true(json_object_get(element, key));
    }
    return json_boolean(all);
}

/** What all have under a key; NULL where they differ, or have nothing. Borrowed. */
static json_t *common_of(const json_t *list, const char *key) {
    json_t *first = json_object_get(json_array_get(list, 0), key);
    const json_t *element;
    size_t at;
    json_array_foreach(list, at, element) {
        const json_t *value = json_object_get(element, key);
        if (!first || !value || !json_equal(first, value)) {
            return NULL;
        }
    }
    return first;
}

/** The members of one name of all elements that are objects. */
static json_t *members_of(const json_t *list, const char *key) {
    json_t *members = json_array();
    json_t *element;
    size_t at;
    int bad = 0;
    json_array_foreach(list, at, element) {
        json_t *member = json_object_get(element, key);
        bad |= json_is_object(member) ? json_array_append(members, member) : 0;
    }
    return json_finished(members, bad);
}

/** What is summed up of clean runs, or runs of suites. */
static const char *const run_sums[] = {"seconds", "allocations", "early", "left_running",
                                       "processes"};
#define RUN_SUMS (sizeof(run_sums) / sizeof(run_sums[0]))

/** Sum runs up. The status is that of the first one that failed. */
static int put_runs(json_t *sum, const json_t *runs) {
    const json_t *run;
    size_t at;
    json_int_t status = 0;
    json_array_foreach(runs, at, run) {
        json_int_t own = json_integer_value(json_object_get(run, "status"));
        status = status ? status : own;
    }
    int bad = json_put(sum, "status", json_integer(status));
    for (size_t i = 0; i < RUN_SUMS; i++) {
        bad |= json_put(sum, run_sums[i], sum_of(runs, run_sums[i]));
    }
    return bad;
}

/** The clean runs together. */
static json_t *oracle_of(const json_t *explorations) {
    json_t *oracles = members_of(explorations, "oracle");
    json_t *sum = json_object();
    int bad = !oracles || put_runs(sum, oracles) != 0;
    json_decref(oracles);
    return json_finished(sum, bad);
}

/** What a suite's results say of its runs: a list, of one where it is alone; a new reference. */
static json_t *runs_of(const json_t *suite) {
    const json_t *oracle = json_object_get(suite, "oracle");
    const json_t *runs = json_object_get(oracle, "runs");
    json_t *list = json_array();
    if (json_is_array(runs)) {
        return json_finished(list, json_array_extend(list, (json_t *)runs));
    }
    json_t *run = json_object();
    json_t *status = json_object_get(oracle, "status");
    int bad = status ? json_object_set(run, "status", status) : 0;
    for (size_t i = 0; i < RUN_SUMS; i++) {
        json_t *value = json_object_get(oracle, run_sums[i]);
        bad |= value ? json_object_set(run, run_sums[i], value) : 0;
    }
    return json_finished(list, bad | json_array_append_new(list, run));
}

int joined_add_runs(json_t *into, const json_t *from) {
    json_t *oracle = json_object_get(into, "oracle");
    if (!json_is_true(json_object_get(into, "suite")) || !json_is_object(oracle)) {
        return 0;
    }
    json_t *runs = runs_of(into), *others = runs_of(from);
    int bad = !runs || !others || merging_join_values(runs, others) != 0;
    // The results of one run may be joined twice.
    if (!bad && json_array_size(runs) > 1) {
        bad = put_runs(oracle, runs) | json_object_set(oracle, "runs", runs);
    }
    json_decref(others);
    json_decref(runs);
    return bad;
}

/** Add an element of a list to another list: to the one with the same name, or as a new
 * one. */
static int add_named(json_t *into, const json_t *element, const char *name,
                     const char *const *counts, size_t count) {
    json_t *twin;
    size_t at;
    json_array_foreach(into, at, twin) {
        if (json_equal(json_object_get(twin, name), json_object_get(element, name))) {
            int bad = 0;
            for (size_t i = 0; i < count; i++) {
                const json_t *one = json_object_get(twin, counts[i]);
                const json_t *other = json_object_get(element, counts[i]);
                // A number that is not known is none in the sum, either.
                bad |= json_put(twin, counts[i],
                                json_is_integer(one) && json_is_integer(other)
                                    ? json_integer(json_sum(json_integer_value(one),
                                                            json_integer_value(other)))
                                    : json_null());
            }
            return bad;
        }
    }
    return json_array_append_new(into, json_copy((json_t *)element));
}

/** The lists of all, as one: what has the same name is added up. */
static json_t *lists_of(const json_t *explorations, const char *key, const char *name,
                        const char *const *counts, size_t count) {
    json_t *sum = json_array();
    const json_t *exploration, *element;
    size_t at, place;
    int bad = 0;
    json_array_foreach(explorations, at, exploration) {
        json_array_foreach(json_object_get(exploration, key), place, element) {
            bad |= add_named(sum, element, name, counts, count);
        }
    }
    return json_finished(sum, bad);
}

/** Add the failures that a list of an exploration counts to those of another part of it, if it
 * has that list; non-zero when memory ran out. */
static int add_failures(json_t *into, const json_t *from, const char *key,
                        const char *name) {
    static const char *const failures[] = {"failures"};
    const json_t *list = json_object_get(from, key), *element;
    size_t at;
    int bad = 0;
    if (json_is_array(list) && !json_is_array(json_object_get(into, key))) {
        bad = json_put(into, key, json_array());
    }
    json_array_foreach(list, at, element) {
        bad |= add_named(json_object_get(into, key), element, name, failures, 1);
    }
    return bad;
}

int joined_add_counts(json_t *into, const json_t *from) {
    return add_failures(into, from, "leaks_unknown", "reason") |
           add_failures(into, from, "own_ends", "end");
}

/** The same of all. */
static int put_counts(json_t *results, const json_t *explorations) {
    const json_t *exploration;
    size_t at;
    int bad = 0;
    json_array_foreach(explorations, at, exploration) {
        bad |= joined_add_counts(results, exploration);
    }
    return bad;
}

int joined_add_missed(json_t *into, const json_t *from, json_int_t most) {
    static const char *const counts[] = {"failures", "run_alone", "reached_alone"};
    const json_t *one = json_object_get(into, "missed");
    const json_t *other = json_object_get(from, "missed");
    if (!one && !other) {
        return 0;
    }
    json_t *sum = json_object();
    int bad = 0;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        json_int_t value =
            json_sum(json_integer_value(json_object_get(one, counts[i])),
                     json_integer_value(json_object_get(other, counts[i])));
        bool open = i > 0 || most < 0 || value < most;
        bad |= json_put(sum, counts[i], json_integer(open ? value : most));
    }
    const json_t *left = json_object_get(one, "left_behind");
    const json_t *more = json_object_get(other, "left_behind");
    bad |= json_put(sum, "left_behind",
                    json_is_boolean(left) || json_is_boolean(more)
                        ? json_boolean(json_is_true(left) || json_is_true(more))
                        : json_null());
    return json_put(into, "missed", json_finished(sum, bad));
}

/** The same of all. */
static int put_missed(json_t *results, const json_t *explorations) {
    const json_t *exploration;
    size_t at;
    int bad = 0;
    json_array_foreach(explorations, at, exploration) {
        bad |= joined_add_missed(results, exploration, -1);
    }
    return bad;
}

static int put_lists(json_t *results, const json_t *explorations) {
    static const char *const failures[] = {"failures"};
    static const char *const processes[] = {"processes", "allocations"};
    return put_counts(results, explorations) | put_missed(results, explorations) |
           json_put(results, "not_in_place",
                    lists_of(explorations, "not_in_place", "reason", failures, 1)) |
           json_put(results, "untested",
                    lists_of(explorations, "untested", "image", processes, 2)) |
           json_put(results, "not_reached",
                    lists_of(explorations, "not_reached", "symbol", NULL, 0)) |
           json_put(results, "not_seen",
                    lists_of(explorations, "not_seen", "why", NULL, 0));
}

/** The names of all programs that were tested; of old results, that of the file. */
static json_t *programs_of(const json_t *explorations) {
    json_t *programs = json_array();
    const json_t *exploration;
    size_t at;
    int bad = !programs;
    json_array_foreach(explorations, at, exploration) {
        const char *file = json_string_value(json_object_get(exploration, "program"));
        json_t *names = json_incref(json_object_get(exploration, "programs"));
        if (!names && file) {
            names = json_pack("[o]", json_text(path_base(file)));
        }
        bad |= names ? merging_join_values(programs, names) : 0;
        json_decref(names);
    }
    return json_finished(programs, bad);
}

int joined_put_sums(json_t *results, const json_t *explorations,
                    const char *const *common, size_t count) {
    static const char *const sums[] = {"seconds", "planned",       "planned_pairs",
                                       "tried",   "stacks",        "points",
                                       "audited", "audits_agreed", "unchecked"};
    static const char *const both[] = {"complete", "baseline", "traced"};
    // These are wanted of each document.
    int bad = json_put(results, "program", json_string(""));
    bad |= json_put(results, "arguments", json_array());
    bad |= json_put(results, "arm", json_null());
    bad |= json_put(results, "input", json_null());
    for (size_t i = 0; i < count; i++) {
        json_t *value = common_of(explorations, common[i]);
        bad |= value ? json_object_set(results, common[i], value) : 0;
    }
    bad |= json_put(results, "programs", programs_of(explorations));
    bad |= json_put(results, "oracle", oracle_of(explorations));
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        bad |= json_put(results, sums[i], sum_of(explorations, sums[i]));
    }
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        bad |= json_put(results, both[i], all_of(explorations, both[i]));
    }
    return bad | put_lists(results, explorations);
}
