// SPDX-License-Identifier: MIT
#include "core/channel/control.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

static struct mf_control *control;
static struct mf_policy *policy, *copy;
static uint64_t given_ns;

static void begin(void) {
    control = calloc(1, sizeof(*control));
    policy = calloc(1, sizeof(*policy));
    copy = calloc(1, sizeof(*copy));
    ck_assert(control && policy && copy);
    policy->rule_count = 1;
    strcpy(policy->rules[0].name, "the rule");
}

static void end(void) {
    free(control);
    free(policy);
    free(copy);
}

/** Whether the control lets the policy through as it stands. */
static bool passes(void) {
    uint32_t sequence;
    mf_control_write(control, policy, 42);
    return mf_control_read(control, copy, &sequence, &given_ns);
}

START_TEST(at_first_there_is_none) {
    uint32_t sequence = 1;
    ck_assert(!mf_control_read(control, copy, &sequence, &given_ns));
    ck_assert_uint_eq(sequence, 0);
}
END_TEST

START_TEST(what_is_written_is_read) {
    uint32_t sequence;
    uint32_t first = mf_control_write(control, policy, 42);
    ck_assert(mf_control_read(control, copy, &sequence, &given_ns));
    ck_assert_uint_eq(sequence, first);
    ck_assert_uint_eq(given_ns, 42);
    ck_assert_mem_eq(copy, policy, sizeof(*policy));
    ck_assert_uint_ne(mf_control_write(control, policy, 42), first);
}
END_TEST

START_TEST(half_a_policy_is_none) {
    uint32_t sequence;
    mf_control_write(control, policy, 42);
    control->sequence++;
    ck_assert(!mf_control_read(control, copy, &sequence, &given_ns));
    ck_assert_uint_eq(sequence & 1, 1);
}
END_TEST

START_TEST(a_writer_that_died_half_way_does_no_harm) {
    uint32_t sequence;
    control->sequence = 7;
    mf_control_write(control, policy, 42);
    ck_assert(mf_control_read(control, copy, &sequence, &given_ns));
    ck_assert_uint_eq(sequence, 8);
}
END_TEST

START_TEST(the_sequence_comes_round_without_zero) {
    control->sequence = UINT32_MAX - 1;
    ck_assert_uint_eq(mf_control_write(control, policy, 42), 2);
}
END_TEST

START_TEST(what_no_parser_would_make_is_refused) {
    ck_assert(passes());
    policy->rule_count = MF_POLICY_RULES_MAX + 1;
    ck_assert(!passes());
    policy->rule_count = 1;
    memset(policy->rules[0].name, 'x', sizeof(policy->rules[0].name));
    ck_assert(!passes());
    policy->rules[0].name[0] = '\0';
    policy->rules[0].name[sizeof(policy->rules[0].name) - 1] = '\0';
    policy->rules[0].trigger = MF_EVERY;
    ck_assert(!passes());
    policy->rules[0].every = 1;
    ck_assert(passes());
    policy->rules[0].trigger = MF_RANGE;
    ck_assert(!passes());
    policy->rules[0].trigger = MF_NTH;
    policy->rules[0].nth_count = MF_POLICY_NTH_MAX + 1;
    ck_assert(!passes());
    policy->rules[0].trigger = MF_HEAP_ABOVE + 1;
    policy->rules[0].nth_count = 0;
    ck_assert(!passes());
}
END_TEST

int main(void) {
    Suite *suite = suite_create("control");
    TCase *test = tcase_create("control");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, at_first_there_is_none);
    tcase_add_test(test, what_is_written_is_read);
    tcase_add_test(test, half_a_policy_is_none);
    tcase_add_test(test, a_writer_that_died_half_way_does_no_harm);
    tcase_add_test(test, the_sequence_comes_round_without_zero);
    tcase_add_test(test, what_no_parser_would_make_is_refused);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
