// SPDX-License-Identifier: MIT
// Results of others are joined: whatever numbers they have, and however many there are.
#include "runner/results/joining.h"

#include "unit/unit.h"

#include <stdio.h>
#include <time.h>

/** How many findings, or signatures of one, are many. */
#define MANY 40000

/** The time that the process has used. */
static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** A trial for each digit, which is its cause. */
static json_t *trials_of(const char *causes) {
    static int number;
    json_t *list = json_array();
    for (; *causes; causes++) {
        const char cause[] = {*causes, '\0'};
        json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "number", ++number,
                                              "mode", "once", "cause", cause));
    }
    return list;
}

/** Results of a program; takes the findings over. */
static json_t *results_of(json_t *findings, const char *causes) {
    json_t *results =
        json_pack("{s:s, s:[s], s:s, s:s, s:n, s:I, s:f, s:o, s:o}", "program", "./prog",
                  "arguments", "./prog", "arm", "load", "allocator", "next", "input",
                  "points", INT64_MAX - 1, "seconds", 1e308, "trials", trials_of(causes),
                  "findings", findings);
    ck_assert_ptr_nonnull(results);
    return results;
}

static json_t *results_with(json_t *findings) {
    return results_of(findings, "");
}

/** A finding that trials say is caused by a number; 0 = no cause is told. */
static json_t *finding_of(json_int_t cause, json_int_t trials) {
    json_t *finding = json_pack("{s:I, s:[s]}", "trials", trials, "signatures", "0a");
    if (cause != 0) {
        char text[32];
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, cause);
        json_object_set_new(finding, "cause", json_string(text));
    }
    return finding;
}

/** Join two, which are taken over. */
static json_t *join(json_t *one, json_t *other) {
    json_t *into = joining_begin(one);
    json_t *from = joining_begin(other);
    ck_assert_int_eq(joining_add(into, from), 0);
    json_decref(from);
    return joining_end(into);
}

START_TEST(a_cause_is_a_finding_once) {
    json_t *into =
        results_of(json_pack("[o, o]", finding_of(1, 2), finding_of(0, 1)), "11");
    into = join(into,
                results_of(json_pack("[o, o, o, o]", finding_of(2, 2), finding_of(0, 1),
                                     finding_of(1, 3), finding_of(2, 2)),
                           "22111"));
    json_t *found = json_object_get(into, "findings");
    // Two have a cause, and of two nobody knows whether it is the same.
    ck_assert_uint_eq(json_array_size(found), 4);
    json_t *first = json_array_get(found, 0), *third = json_array_get(found, 2);
    ck_assert_int_eq(json_integer_value(json_object_get(first, "trials")), 5);
    ck_assert_int_eq(json_integer_value(json_object_get(third, "trials")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(first, "signatures")), 1);
    json_decref(into);
}
END_TEST

START_TEST(sums_end_at_the_largest_number) {
    json_t *into = results_of(json_array(), "1");
    into = join(into, results_of(json_array(), "1"));
    ck_assert_int_eq(json_integer_value(json_object_get(into, "points")), INT64_MAX);
    ck_assert_double_ge(json_real_value(json_object_get(into, "seconds")), 1e308);
    json_decref(into);
}
END_TEST

START_TEST(many_findings_are_joined_in_no_time) {
    json_t *findings = json_array();
    for (json_int_t i = 1; i <= MANY; i++) {
        json_array_append_new(findings, finding_of(i, 1));
    }
    json_t *into = results_with(json_deep_copy(findings));
    double began = cpu_seconds();
    into = join(into, results_with(findings));
    ck_assert_double_lt(cpu_seconds() - began, 4);
    ck_assert_uint_eq(json_array_size(json_object_get(into, "findings")), MANY);
    json_decref(into);
}
END_TEST

START_TEST(so_are_many_signatures) {
    json_t *finding = finding_of(1, 1);
    json_t *list = json_object_get(finding, "signatures");
    for (int i = 1; i < MANY; i++) {
        char text[32];
        snprintf(text, sizeof(text), "%016x", (unsigned)i);
        json_array_append_new(list, json_string(text));
    }
    json_t *into = results_with(json_pack("[o]", json_deep_copy(finding)));
    double began = cpu_seconds();
    into = join(into, results_with(json_pack("[o]", finding)));
    ck_assert_double_lt(cpu_seconds() - began, 4);
    list = json_object_get(json_array_get(json_object_get(into, "findings"), 0),
                           "signatures");
    ck_assert_uint_eq(json_array_size(list), MANY);
    json_decref(into);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("merging");
    TCase *tests = tcase_create("merging");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_cause_is_a_finding_once);
    tcase_add_test(tests, sums_end_at_the_largest_number);
    tcase_add_test(tests, many_findings_are_joined_in_no_time);
    tcase_add_test(tests, so_are_many_signatures);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
