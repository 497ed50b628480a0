// SPDX-License-Identifier: MIT
// Results may come from files that others wrote: whatever is missing counts for nothing.
#include "runner/results/joining.h"

#include "runner/results/coverage_json.h"
#include "runner/results/joined.h"
#include "runner/results/leftovers.h"
#include "runner/results/merging.h"
#include "runner/results/tests_json.h"
#include "runner/util/json.h"
#include "runner/util/path.h"

#include <stdbool.h>
#include <string.h>

/** What all explorations have in common. */
static const char *const shared[] = {"schema", "schema_version", "mallocfail",  "tests",
                                     "left",   "findings",       "explorations"};
/** What tells two explorations apart, and two tests of one. */
static const char *const identity[] = {"program", "arguments", "arguments_bytes",
                                       "test",    "arm",       "allocator",
                                       "input",   "run",       "suite"};
static const char *const command[] = {"arguments", "arguments_bytes", "directory"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/** What is told under a key; NULL = nothing. */
static const json_t *told(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

/** Whether two objects have the same under all keys. */
static bool are_same(const json_t *one, const json_t *other, const char *const *keys,
                     size_t count) {
    for (size_t i = 0; i < count; i++) {
        const json_t *value = told(one, keys[i]), *twin = told(other, keys[i]);
        if (value && twin ? !json_equal(value, twin) : value != twin) {
            return false;
        }
    }
    return true;
}

/** Copy a member, if it is there. */
static int copy(json_t *to, const json_t *from, const char *key) {
    json_t *value = json_object_get(from, key);
    return value ? json_object_set(to, key, value) : 0;
}

/** Set a number in all elements. */
static int mark_all(const json_t *list, const char *key, json_int_t value) {
    json_t *element;
    size_t at;
    int bad = 0;
    json_array_foreach(list, at, element) {
        bad |= json_put(element, key, json_integer(value));
    }
    return bad;
}

/** What a single exploration is as a test. */
static json_t *test_of(const json_t *results) {
    json_t *test = json_object();
    json_t *causes = json_array();
    json_t *finding;
    size_t at;
    int bad = copy(test, results, "arguments") | copy(test, results, "arguments_bytes");
    bad |= json_put(test, "directory", json_null());
    bad |= json_put(test, "test", json_null()) | copy(test, results, "test");
    json_array_foreach(json_object_get(results, "findings"), at, finding) {
        json_t *cause = json_object_get(finding, "cause");
        bad |= cause ? json_array_append(causes, cause) : 0;
    }
    bad |= json_put(test, "commands", json_integer(1));
    bad |= json_put(test, "causes", causes);
    return json_finished(test, bad);
}

/** Say of each finding of a single exploration what comes to it. */
static int name_commands(const json_t *results) {
    const char *program = json_string_value(json_object_get(results, "program"));
    json_t *finding;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(results, "findings"), at, finding) {
        json_t *entry = json_object();
        int worse = copy(entry, results, "arguments") |
                    copy(entry, results, "arguments_bytes") |
                    json_put(entry, "directory", json_null());
        worse |= json_put(entry, "test", json_null()) | copy(entry, results, "test");
        json_t *list = json_array();
        worse |= json_array_append_new(list, json_finished(entry, worse));
        bad |= json_put(finding, "commands", json_finished(list, worse));
        bad |= json_put(finding, "commands_in_all", json_integer(1));
        // Old results do not name it.
        if (!json_object_get(finding, "programs") && program) {
            bad |= json_put(finding, "programs",
                            json_pack("[o]", json_text(path_base(program))));
        }
    }
    return bad;
}

/** Keep coverage as a list: all are joined at the end. */
static int list_coverage(json_t *joined, const json_t *results) {
    json_t *coverage = json_object_get(results, "coverage");
    json_t *list = json_array();
    int bad = json_is_object(coverage) ? json_array_append(list, coverage) : 0;
    return json_put(joined, "coverage", json_finished(list, bad));
}

/** Begin with a single exploration or suite. */
static json_t *begin_single(json_t *results) {
    json_t *exploration = json_copy(results);
    json_t *joined = json_object();
    int bad = !exploration;
    for (size_t i = 0; i < COUNT(shared); i++) {
        bad |= copy(joined, results, shared[i]);
        json_object_del(exploration, shared[i]);
    }
    json_object_del(exploration, "coverage");
    bad |= list_coverage(joined, results);
    if (!json_is_array(json_object_get(joined, "tests"))) {
        json_t *test = test_of(results);
        bad |= json_put(joined, "tests", test ? json_pack("[o]", test) : NULL);
        bad |= mark_all(json_object_get(results, "trials"), "test", 0);
        bad |= name_commands(results);
    }
    bad |= mark_all(json_object_get(joined, "tests"), "exploration", 0);
    bad |= json_put(joined, "explorations",
                    exploration ? json_pack("[o]", exploration) : NULL);
    return json_finished(joined, bad);
}

/** Give each trial back to the exploration that it is of; those of none are let go. */
static json_t *begin_joined(json_t *results) {
    json_t *explorations = json_object_get(results, "explorations");
    json_t *exploration, *trial;
    size_t at;
    int bad = 0;
    json_array_foreach(explorations, at, exploration) {
        bad |= json_put(exploration, "trials", json_array());
    }
    json_array_foreach(json_object_get(results, "trials"), at, trial) {
        json_int_t index = json_integer_value(json_object_get(trial, "exploration"));
        exploration = index < 0 ? NULL : json_array_get(explorations, (size_t)index);
        json_object_del(trial, "exploration");
        bad |= exploration
                   ? json_array_append(json_object_get(exploration, "trials"), trial)
                   : 0;
    }
    json_t *joined = json_object();
    for (size_t i = 0; i < COUNT(shared); i++) {
        bad |= copy(joined, results, shared[i]);
    }
    bad |= list_coverage(joined, results);
    return json_finished(joined, bad);
}

json_t *joining_begin(json_t *results) {
    bool joined = json_array_size(json_object_get(results, "explorations")) > 0;
    json_t *begun = joined ? begin_joined(results) : begin_single(results);
    json_decref(results);
    return begun;
}

/** The index of an element that is the same; that behind the last one if there is none. */
static size_t find(const json_t *list, const json_t *element, const char *const *keys,
                   size_t count) {
    size_t at = 0;
    while (at < json_array_size(list) &&
           !are_same(json_array_get(list, at), element, keys, count)) {
        at++;
    }
    return at;
}

/** The index of the same test, of those of one exploration. */
static size_t find_test(const json_t *list, const json_t *test) {
    static const char *const name[] = {"exploration", "test"};
    bool named = json_is_string(json_object_get(test, "test"));
    size_t at = 0;
    while (
        at < json_array_size(list) &&
        !(are_same(json_array_get(list, at), test, name, COUNT(name)) &&
          (named || are_same(json_array_get(list, at), test, command, COUNT(command))))) {
        at++;
    }
    return at;
}

/** An element of a list of numbers; -1 if there is none. */
static json_int_t number_at(const json_t *list, const json_t *index) {
    json_int_t at = json_is_integer(index) ? json_integer_value(index) : -1;
    const json_t *number = at < 0 ? NULL : json_array_get(list, (size_t)at);
    return number ? json_integer_value(number) : -1;
}

/** Note where each exploration has its place among others; NULL when memory ran out. */
static json_t *place_explorations(const json_t *into, const json_t *from) {
    size_t next = json_array_size(into), at;
    json_t *places = json_array();
    json_t *exploration;
    int bad = 0;
    json_array_foreach(from, at, exploration) {
        size_t place = find(into, exploration, identity, COUNT(identity));
        place = place < json_array_size(into) ? place : next++;
        bad |= json_array_append_new(places, json_count(place));
    }
    return json_finished(places, bad);
}

/** Add the tests, and note where each has its place; NULL when memory ran out. */
static json_t *join_tests(json_t *into, const json_t *from, const json_t *explorations) {
    json_t *places = json_array();
    json_t *test;
    size_t at;
    int bad = 0;
    json_array_foreach(from, at, test) {
        json_int_t of = number_at(explorations, json_object_get(test, "exploration"));
        bad |= json_put(test, "exploration", json_integer(of < 0 ? 0 : of));
        size_t place = find_test(into, test);
        json_t *twin = json_array_get(into, place);
        bad |= twin ? tests_json_join(twin, test) : json_array_append(into, test);
        bad |= json_array_append_new(places, json_count(place));
    }
    return json_finished(places, bad);
}

/** Have the trials name their tests by the new places. */
static int move_trials(const json_t *trials, const json_t *tests) {
    json_t *trial;
    size_t at;
    int bad = 0;
    json_array_foreach(trials, at, trial) {
        json_int_t place = number_at(tests, json_object_get(trial, "test"));
        if (place >= 0) {
            bad |= json_put(trial, "test", json_integer(place));
        } else {
            json_object_del(trial, "test");
        }
    }
    return bad;
}

int joining_add(json_t *into, json_t *from) {
    json_t *list = json_object_get(into, "explorations");
    json_t *others = json_object_get(from, "explorations");
    json_t *places = place_explorations(list, others);
    json_t *tests = places ? join_tests(json_object_get(into, "tests"),
                                        json_object_get(from, "tests"), places)
                           : NULL;
    json_t *exploration;
    size_t at;
    int bad = !tests;
    json_array_foreach(others, at, exploration) {
        size_t place = (size_t)json_integer_value(json_array_get(places, at));
        json_t *twin = json_array_get(list, place);
        bad |= move_trials(json_object_get(exploration, "trials"), tests);
        bad |= twin ? merging_join_trials(twin, exploration) |
                          joined_add_counts(twin, exploration) |
                          joined_add_runs(twin, exploration)
                    : json_array_append(list, exploration);
    }
    json_decref(tests);
    json_decref(places);
    json_t *left = json_object_get(into, "left");
    bad |= json_is_array(left) ? leftovers_join(left, json_object_get(from, "left"))
                               : copy(into, from, "left");
    return bad ||
                   merging_join_findings(json_object_get(into, "findings"),
                                         json_object_get(from, "findings")) != 0 ||
                   json_array_extend(json_object_get(into, "coverage"),
                                     json_object_get(from, "coverage")) != 0
               ? -1
               : 0;
}

/** Join the stacks and call sites of all, two at a time: so each is looked at few times. */
static int put_coverage(json_t *results, const json_t *joined) {
    const json_t *list = json_object_get(joined, "coverage");
    size_t count = json_array_size(list);
    int bad = 0;
    for (size_t step = 1; step < count; step *= 2) {
        for (size_t at = 0; at + step < count; at += 2 * step) {
            bad |= coverage_json_join(json_array_get(list, at),
                                      json_array_get(list, at + step));
        }
    }
    return bad |
           (count ? json_object_set(results, "coverage", json_array_get(list, 0)) : 0);
}

/** What all have left: where there are results of a suite there is a list. */
static int put_left(json_t *results, const json_t *joined) {
    json_t *left = json_object_get(joined, "left");
    return json_is_array(left)
               ? leftovers_settle(left, json_object_get(results, "trials")) |
                     json_object_set(results, "left", left)
               : 0;
}

/** Make a document of the only exploration there is. */
static json_t *end_single(const json_t *joined) {
    json_t *results = json_object();
    json_t *exploration = json_array_get(json_object_get(joined, "explorations"), 0);
    bool suite = json_is_true(json_object_get(exploration, "suite"));
    json_t *element;
    size_t at;
    int bad = 0;
    for (size_t i = 0; i < 3; i++) {
        bad |= copy(results, joined, shared[i]);
    }
    bad |= json_object_update(results, exploration);
    json_array_foreach(json_object_get(joined, "tests"), at, element) {
        json_object_del(element, "exploration");
    }
    bad |= suite ? copy(results, joined, "tests") : 0;
    json_array_foreach(json_object_get(exploration, "trials"), at, element) {
        if (!suite) {
            json_object_del(element, "test");
        }
    }
    json_array_foreach(json_object_get(joined, "findings"), at, element) {
        if (!suite) {
            json_object_del(element, "commands");
            json_object_del(element, "commands_in_all");
        }
    }
    bad |= put_coverage(results, joined) | copy(results, joined, "findings");
    bad |= put_left(results, joined);
    return json_finished(results, bad);
}

/** All trials, each with the index of its exploration. */
static json_t *take_trials(const json_t *explorations) {
    json_t *list = json_array();
    json_t *exploration;
    size_t at;
    int bad = 0;
    json_array_foreach(explorations, at, exploration) {
        json_t *trials = json_object_get(exploration, "trials");
        bad |= mark_all(trials, "exploration", (json_int_t)at);
        bad |= json_array_extend(list, trials);
    }
    json_array_foreach(explorations, at, exploration) {
        bad |= merging_count_outcomes(exploration);
        json_object_del(exploration, "trials");
    }
    return json_finished(list, bad);
}

/** Make a document of several. */
static json_t *end_several(const json_t *joined) {
    json_t *explorations = json_object_get(joined, "explorations");
    json_t *trials = take_trials(explorations);
    json_t *results = json_object();
    int bad = !trials;
    for (size_t i = 0; i < 3; i++) {
        bad |= copy(results, joined, shared[i]);
    }
    bad |= joined_put_sums(results, explorations, identity, COUNT(identity));
    bad |= copy(results, joined, "explorations") | copy(results, joined, "tests");
    bad |= json_put(results, "trials", trials);
    bad |= put_coverage(results, joined) | copy(results, joined, "findings");
    bad |= put_left(results, joined);
    return json_finished(results, bad);
}

/** The stacks of several explorations, each once, where they are known. */
static int put_stacks(json_t *results) {
    const json_t *summary =
        json_object_get(json_object_get(results, "coverage"), "summary");
    const json_t *stacks = json_object_get(summary, "stacks");
    const json_t *left_out = json_object_get(summary, "stacks_left_out");
    json_int_t count = json_sum(json_integer_value(stacks), json_integer_value(left_out));
    return count > 0 ? json_put(results, "stacks", json_integer(count)) : 0;
}

json_t *joining_end(json_t *joined) {
    bool several = json_array_size(json_object_get(joined, "explorations")) > 1;
    json_t *results = several ? end_several(joined) : end_single(joined);
    json_t *coverage = json_object_get(results, "coverage");
    const json_t *list = json_object_get(results, "trials");
    const struct triallist trials = triallist_of(list);
    json_t *findings = json_object_get(results, "findings");
    int bad =
        !results || merging_count_causes(results) != 0 ||
        (several && merging_sort_findings(findings) != 0) ||
        merging_count_outcomes(results) != 0 ||
        tests_json_count(json_object_get(results, "tests"), list) != 0 ||
        (json_is_object(coverage) && coverage_json_trials(coverage, &trials) != 0) ||
        (several && put_stacks(results) != 0);
    json_decref(joined);
    return json_finished(results, bad);
}
