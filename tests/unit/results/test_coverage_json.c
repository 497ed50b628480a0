// SPDX-License-Identifier: MIT
#include "runner/results/coverage_json.h"

#include "unit/unit.h"

#include <string.h>

/** Two stacks of one call site, and one of another. */
static const char known[] =
    "{'only_modules': [], 'skip_modules': [],"
    " 'call_sites': [{'path': '/a', 'offset': '0x1'}, {'path': '/a', 'offset': '0x2'}],"
    " 'places': [{'path': '/a', 'offset': '0x2'}, {'path': '/a', 'offset': '0x9'}],"
    " 'stacks': ["
    "  {'stack_id': 'aa', 'call_site': 0, 'allocations': 5, 'frames': [0, 1]},"
    "  {'stack_id': 'bb', 'call_site': 0, 'allocations': 1, 'left_out': true},"
    "  {'stack_id': 'cc', 'call_site': 1, 'allocations': 2, 'frames': [1]}]}";

/** JSON with ' for ". */
static json_t *json(const char *text) {
    char copy[2048];
    strcpy(copy, text);
    for (char *at = copy; *at; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_t *value = json_loads(copy, 0, NULL);
    ck_assert_ptr_nonnull(value);
    return value;
}

/** Check members of an array's element; `at` = index, no key: of the object itself. */
static void check(const json_t *object, const char *key, size_t at, const char *members) {
    json_t *want = json(members);
    const json_t *element = json_object_get(object, key);
    const char *name;
    json_t *value;
    element = json_is_array(element) ? json_array_get(element, at) : element;
    json_object_foreach(want, name, value) {
        char *got = json_dumps(json_object_get(element, name), JSON_ENCODE_ANY);
        char *wanted = json_dumps(value, JSON_ENCODE_ANY);
        ck_assert_msg(got && strcmp(got, wanted) == 0, "%s: %s, not %s", name,
                      got ? got : "nothing", wanted);
        free(got);
        free(wanted);
    }
    json_decref(want);
}

static json_t *tallied(const char *coverage, const char *trials) {
    json_t *object = json(coverage);
    json_t *list = json(trials);
    const struct triallist all = triallist_of(list);
    ck_assert_int_eq(coverage_json_trials(object, &all), 0);
    json_decref(list);
    return object;
}

START_TEST(outcomes_are_counted_by_stack_and_site) {
    json_t *coverage =
        tallied(known, "[{'stack_id': 'aa', 'number': 1, 'mode': 'once',"
                       "  'outcome': 'handled', 'failed': 1},"
                       " {'stack_id': 'aa', 'number': 1, 'mode': 'persistent',"
                       "  'outcome': 'crashed', 'failed': 9},"
                       " {'stack_id': 'aa', 'number': 3, 'mode': 'once',"
                       "  'outcome': 'handled'}]");
    check(
        coverage, "call_sites", 0,
        "{'allocations': 6, 'stacks': 2, 'stacks_left_out': 1, 'stacks_failed': 1,"
        " 'failures': 3, 'points_failed': 2, 'outcomes': {'handled': 2, 'crashed': 1}}");
    check(coverage, "call_sites", 1, "{'allocations': 2, 'failures': 0, 'outcomes': {}}");
    check(coverage, "stacks", 0,
          "{'failures': 3,"
          " 'outcomes': {'once': {'handled': 2}, 'persistent': {'crashed': 1}}}");
    check(coverage, "summary", 0,
          "{'stacks': 2, 'stacks_failed': 1, 'stacks_left_out': 1, 'call_sites': 2,"
          " 'call_sites_failed': 1, 'call_sites_left_out': 0}");
    json_decref(coverage);
}
END_TEST

START_TEST(what_never_failed_does_not_count) {
    json_t *coverage =
        tallied(known, "[{'stack_id': 'aa', 'mode': 'once', 'outcome': 'tolerated',"
                       "  'failed': 0},"
                       " {'stack_id': 'zz', 'mode': 'once', 'outcome': 'handled'}]");
    check(coverage, "summary", 0, "{'stacks_failed': 0, 'call_sites_failed': 0}");
    json_decref(coverage);
}
END_TEST

START_TEST(counting_anew_counts_once) {
    static const char trials[] =
        "[{'stack_id': 'cc', 'mode': 'once', 'outcome': 'hung'}]";
    json_t *coverage = tallied(known, trials);
    json_t *list = json(trials);
    const struct triallist all = triallist_of(list);
    ck_assert_int_eq(coverage_json_trials(coverage, &all), 0);
    check(coverage, "stacks", 2, "{'failures': 1, 'outcomes': {'once': {'hung': 1}}}");
    check(coverage, "call_sites", 1, "{'allocations': 2, 'failures': 1}");
    json_decref(list);
    json_decref(coverage);
}
END_TEST

START_TEST(joining_is_a_union_by_place_and_stack) {
    json_t *into = json(known);
    json_t *from = json(
        "{'only_modules': ['x'], 'skip_modules': [],"
        " 'call_sites': [{'path': '/b', 'offset': '0x1'}, {'path': '/a', 'offset': "
        "'0x2'}],"
        " 'places': [{'path': '/a', 'offset': '0x9'}, {'path': '/b', 'offset': '0x7'}],"
        " 'stacks': ["
        "  {'stack_id': 'bb', 'call_site': 1, 'allocations': 4, 'left_out': false},"
        "  {'stack_id': 'dd', 'call_site': 0, 'allocations': 1, 'frames': [1, 0]},"
        "  {'stack_id': 'ee', 'call_site': 1, 'allocations': 1, 'frames': []}]}");
    ck_assert_int_eq(coverage_json_join(into, from), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(into, "call_sites")), 3);
    ck_assert_uint_eq(json_array_size(json_object_get(into, "places")), 3);
    ck_assert_uint_eq(json_array_size(json_object_get(into, "stacks")), 5);
    check(into, "stacks", 1, "{'allocations': 4, 'left_out': false, 'call_site': 0}");
    check(into, "stacks", 3, "{'stack_id': 'dd', 'call_site': 2, 'frames': [2, 1]}");
    check(into, "stacks", 4, "{'stack_id': 'ee', 'call_site': 1}");
    ck_assert(json_is_null(json_object_get(into, "only_modules")));
    ck_assert(json_is_array(json_object_get(into, "skip_modules")));
    json_decref(from);
    json_decref(into);
}
END_TEST

START_TEST(a_build_is_itself_wherever_it_lies) {
    json_t *into = json("{'call_sites': [{'build_id': 'f', 'path': '/a', 'offset': '1'}],"
                        " 'places': [], 'stacks': []}");
    json_t *from = json("{'call_sites': [{'build_id': 'f', 'path': '/b', 'offset': '1'},"
                        "                {'build_id': 'e', 'path': '/a', 'offset': '1'}],"
                        " 'places': [], 'stacks': []}");
    ck_assert_int_eq(coverage_json_join(into, from), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(into, "call_sites")), 2);
    json_decref(from);
    json_decref(into);
}
END_TEST

START_TEST(garbage_counts_for_nothing) {
    static const char *const all[] = {
        "{}",
        "{'stacks': 7, 'call_sites': {}}",
        ("{'stacks': [7, {}, {'stack_id': 'aa', 'call_site': 99, 'outcomes': 3}],"
         " 'call_sites': [1, {}], 'places': 'x'}"),
        "{'stacks': [{'stack_id': 'aa', 'call_site': -1, 'frames': [-1, 'x', 5]}]}",
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
            json_t *into = json(all[i]);
            json_t *from = json(all[k]);
            json_t *trials =
                json("[3, {}, {'stack_id': 'aa', 'outcome': [], 'mode': 1}]");
            coverage_json_join(into, from);
            const struct triallist list = triallist_of(trials);
            coverage_json_trials(into, &list);
            json_decref(trials);
            json_decref(from);
            json_decref(into);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("coverage_json");
    TCase *tests = tcase_create("coverage");
    tcase_add_test(tests, outcomes_are_counted_by_stack_and_site);
    tcase_add_test(tests, what_never_failed_does_not_count);
    tcase_add_test(tests, counting_anew_counts_once);
    tcase_add_test(tests, joining_is_a_union_by_place_and_stack);
    tcase_add_test(tests, a_build_is_itself_wherever_it_lies);
    tcase_add_test(tests, garbage_counts_for_nothing);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
