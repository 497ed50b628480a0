// SPDX-License-Identifier: MIT
#include "core/policy/plan.h"

#include "unit/unit.h"

#include <string.h>

static struct mf_policy policy;
static struct mf_plan plan;

static struct mf_rule *add_rule(void) {
    struct mf_rule *rule = &policy.rules[policy.rule_count++];
    rule->functions = MF_FUNCTIONS_DEFAULT;
    rule->size_max = rule->before_ns = rule->times = UINT64_MAX;
    return rule;
}

static void clear(void) {
    memset(&policy, 0, sizeof(policy));
}

static void ready(void) {
    mf_plan_make(&plan, &policy, "jq", 1);
}

static bool holds(enum mf_function function, uint64_t size) {
    return mf_window_holds(&plan.windows[function], size);
}

START_TEST(no_rules_select_nothing) {
    clear();
    ready();
    ck_assert_uint_eq(plan.rules, 0);
    ck_assert(!holds(MF_MALLOC, 0) && !holds(MF_MALLOC, 1));
}
END_TEST

START_TEST(a_bare_rule_selects_all_sizes_of_the_malloc_family) {
    clear();
    add_rule();
    ready();
    ck_assert(holds(MF_MALLOC, 0) && holds(MF_PVALLOC, INT64_MAX));
    ck_assert(!holds(MF_MMAP, 4096));
}
END_TEST

START_TEST(a_window_is_the_hull_of_all_rules) {
    clear();
    struct mf_rule *small = add_rule(), *large = add_rule();
    small->size_min = 10, small->size_max = 20;
    large->size_min = 100, large->size_max = 200;
    ready();
    ck_assert(!holds(MF_MALLOC, 9) && holds(MF_MALLOC, 10) && holds(MF_MALLOC, 50));
    ck_assert(holds(MF_MALLOC, 200) && !holds(MF_MALLOC, 201));
}
END_TEST

START_TEST(rules_of_other_processes_are_left_out) {
    clear();
    strcpy(add_rule()->process, "sh");
    strcpy(add_rule()->process, "j?");
    ready();
    ck_assert_uint_eq(plan.rules, 2);
}
END_TEST

START_TEST(rules_of_other_processes_of_the_image_are_left_out) {
    clear();
    add_rule()->process_index = 2;
    add_rule()->process_index = 1;
    ck_assert(mf_plan_asks_index(&policy));
    ready();
    ck_assert_uint_eq(plan.rules, 2);
}
END_TEST

START_TEST(rules_that_select_alike_are_uniform) {
    clear();
    add_rule()->trigger = MF_EVERY;
    add_rule()->trigger = MF_NTH;
    ready();
    ck_assert(plan.uniform);
}
END_TEST

/** One change a line that makes a second rule select or take in its own way. */
static void other_size(struct mf_rule *rule) {
    rule->size_min = 1;
}
static void other_function(struct mf_rule *rule) {
    rule->functions = MF_FUNCTION_BIT(MF_MALLOC);
}
static void other_time(struct mf_rule *rule) {
    rule->after_ns = 1;
}
static void a_caller(struct mf_rule *rule) {
    strcpy(rule->caller.module, "libc.so*");
}
static void a_stack(struct mf_rule *rule) {
    rule->stack.has_id = 1;
}
static void a_thread(struct mf_rule *rule) {
    rule->thread_index = 1;
}
static void a_thread_name(struct mf_rule *rule) {
    strcpy(rule->thread_name, "*");
}
static void by_thread(struct mf_rule *rule) {
    rule->counter = MF_PER_THREAD;
}
static void by_chance(struct mf_rule *rule) {
    rule->trigger = MF_PROBABILITY;
}
static void by_heap(struct mf_rule *rule) {
    rule->trigger = MF_HEAP_ABOVE;
}

static void (*const changes[])(struct mf_rule *) = {
    other_size, other_function, other_time, a_caller,  a_stack,
    a_thread,   a_thread_name,  by_thread,  by_chance, by_heap};

START_TEST(a_rule_of_its_own_kind_is_not_uniform) {
    clear();
    add_rule();
    changes[_i](add_rule());
    ready();
    ck_assert(!plan.uniform);
}
END_TEST

START_TEST(rules_by_thread_and_by_chance_go_together) {
    clear();
    by_chance(add_rule());
    by_thread(add_rule());
    add_rule();
    ready();
    ck_assert(plan.by_thread && !plan.uniform);
    by_heap(add_rule());
    ready();
    ck_assert(!plan.by_thread);
}
END_TEST

START_TEST(rules_by_chance_with_other_filters_count_call_by_call) {
    clear();
    by_chance(add_rule());
    struct mf_rule *rule = add_rule();
    by_chance(rule);
    other_size(rule);
    ready();
    ck_assert(!plan.by_thread && !plan.uniform);
}
END_TEST

START_TEST(the_time_window_is_the_hull) {
    clear();
    struct mf_rule *early = add_rule(), *late = add_rule();
    early->after_ns = 5, early->before_ns = 10;
    late->after_ns = 50, late->before_ns = 100;
    ready();
    ck_assert(plan.timed);
    ck_assert_uint_eq(plan.after_ns, 5);
    ck_assert_uint_eq(plan.before_ns, 100);
}
END_TEST

START_TEST(without_a_time_rule_no_clock_is_asked) {
    clear();
    add_rule();
    ready();
    ck_assert(!plan.timed);
}
END_TEST

START_TEST(a_heap_budget_has_every_call_looked_at) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_HEAP_ABOVE;
    rule->functions = MF_FUNCTION_BIT(MF_CALLOC);
    ready();
    ck_assert(plan.asks_heap && holds(MF_MALLOC, 0));
}
END_TEST

START_TEST(callers_alone_are_known_as_such) {
    clear();
    a_caller(add_rule());
    ready();
    ck_assert(plan.only_callers);
    add_rule();
    ready();
    ck_assert(!plan.only_callers);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("plan");
    TCase *test = tcase_create("plan");
    tcase_add_test(test, no_rules_select_nothing);
    tcase_add_test(test, a_bare_rule_selects_all_sizes_of_the_malloc_family);
    tcase_add_test(test, a_window_is_the_hull_of_all_rules);
    tcase_add_test(test, rules_of_other_processes_are_left_out);
    tcase_add_test(test, rules_of_other_processes_of_the_image_are_left_out);
    tcase_add_test(test, rules_that_select_alike_are_uniform);
    tcase_add_loop_test(test, a_rule_of_its_own_kind_is_not_uniform, 0,
                        (int)(sizeof(changes) / sizeof(changes[0])));
    tcase_add_test(test, rules_by_thread_and_by_chance_go_together);
    tcase_add_test(test, rules_by_chance_with_other_filters_count_call_by_call);
    tcase_add_test(test, the_time_window_is_the_hull);
    tcase_add_test(test, without_a_time_rule_no_clock_is_asked);
    tcase_add_test(test, a_heap_budget_has_every_call_looked_at);
    tcase_add_test(test, callers_alone_are_known_as_such);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
