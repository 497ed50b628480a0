// SPDX-License-Identifier: MIT
#include "core/policy/decide.h"

#include "unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct mf_policy policy;
static struct mf_plan plan;
static struct mf_count process_counts[MF_POLICY_RULES_MAX];
static struct mf_count thread_counts[MF_POLICY_RULES_MAX];
static unsigned filters_asked;
static bool filter_answer;

static bool answer(const struct mf_call *call, enum mf_filter filter, unsigned rule) {
    (void)call, (void)rule;
    filters_asked |= 1u << filter;
    return filter_answer;
}

static struct mf_call call_of(uint64_t size) {
    return (struct mf_call){.size = size, .thread = 1, .holds = answer};
}

static void clear(void) {
    memset(&policy, 0, sizeof(policy));
    memset(process_counts, 0, sizeof(process_counts));
    memset(thread_counts, 0, sizeof(thread_counts));
    filters_asked = 0;
    filter_answer = true;
}

/** Add a rule that selects every call of the malloc family, and always takes it. */
static struct mf_rule *add_rule(void) {
    struct mf_rule *rule = &policy.rules[policy.rule_count++];
    rule->functions = MF_FUNCTIONS_DEFAULT;
    rule->size_max = rule->before_ns = rule->times = UINT64_MAX;
    return rule;
}

static void ready(void) {
    mf_plan_make(&plan, &policy, "image", 1);
}

static int decide(const struct mf_call *call) {
    struct mf_counts counts = {process_counts, thread_counts, true};
    return mf_decide(&plan, &counts, call);
}

static int decide_size(uint64_t size) {
    struct mf_call call = call_of(size);
    return decide(&call);
}

/** The numbers below 40 that are taken, as letters: '.' none, 'A' rule 0, 'B' rule 1. */
static const char *pattern(void) {
    static char text[40];
    ready();
    for (uint64_t n = 1; n < sizeof(text); n++) {
        int rule = mf_decide_number(&plan, n);
        text[n - 1] = (char)(rule < 0 ? '.' : 'A' + rule);
    }
    return text;
}

START_TEST(a_bare_rule_takes_every_call) {
    clear();
    add_rule();
    ck_assert_str_eq(pattern(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}
END_TEST

START_TEST(nth_takes_the_listed_numbers) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_NTH;
    rule->nth[0] = 3, rule->nth[1] = 5, rule->nth_count = 2;
    ck_assert_str_eq(pattern(), "..A.A..................................");
}
END_TEST

START_TEST(a_range_takes_its_steps_only) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_RANGE;
    rule->from = 4, rule->to = 11, rule->step = 3;
    ck_assert_str_eq(pattern(), "...A..A..A.............................");
}
END_TEST

START_TEST(every_takes_the_multiples_so_many_times) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_EVERY;
    rule->every = 10, rule->times = 2;
    ck_assert_str_eq(pattern(), ".........A.........A...................");
}
END_TEST

START_TEST(from_takes_all_from_there_on) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_FROM;
    rule->from = 37;
    ck_assert_str_eq(pattern(), "....................................AAA");
}
END_TEST

START_TEST(a_later_rule_does_not_count_what_an_earlier_one_took) {
    clear();
    struct mf_rule *first = add_rule();
    first->trigger = MF_EVERY, first->every = 3, first->times = 2;
    first->action = MF_SPARE;
    struct mf_rule *second = add_rule();
    second->trigger = MF_EVERY, second->every = 4;
    // Numbers 3 and 6 are the first rule's; the second counts 1 2 4 5 | 7 8 9 10 | ...
    ck_assert_str_eq(pattern(), "..A.BA...B...B...B...B...B...B...B...B.");
}
END_TEST

/** Rules by chance, from the trigger kinds that go by number. */
static void random_rule(unsigned *seed) {
    struct mf_rule *rule = add_rule();
    static const uint32_t kinds[] = {MF_ALWAYS, MF_NTH, MF_RANGE, MF_EVERY, MF_FROM};
    rule->trigger = kinds[(unsigned)rand_r(seed) % 5];
    rule->action = (unsigned)rand_r(seed) % 2;
    rule->times = rand_r(seed) % 2 ? UINT64_MAX : 1 + (uint64_t)rand_r(seed) % 4;
    rule->every = 1 + (uint64_t)rand_r(seed) % 9;
    rule->from = 1 + (uint64_t)rand_r(seed) % 50;
    rule->to = rule->from + (uint64_t)rand_r(seed) % 100;
    rule->step = 1 + (uint64_t)rand_r(seed) % 7;
    uint64_t at = 0;
    for (rule->nth_count = 0; rule->nth_count < 5; rule->nth_count++) {
        at += 1 + (uint64_t)rand_r(seed) % 30;
        rule->nth[rule->nth_count] = at;
    }
}

START_TEST(deciding_by_number_and_by_counting_agree) {
    unsigned seed = (unsigned)_i + 1;
    clear();
    for (unsigned rules = 1 + (unsigned)_i % 4; rules > 0; rules--) {
        random_rule(&seed);
    }
    ready();
    ck_assert(plan.uniform);
    for (uint64_t n = 1; n <= 300; n++) {
        ck_assert_msg(mf_decide_number(&plan, n) == decide_size(1), "number %lu",
                      (unsigned long)n);
    }
}
END_TEST

START_TEST(passing_ends_right_before_the_next_number_that_is_taken) {
    unsigned seed = (unsigned)_i + 1;
    clear();
    for (unsigned rules = 1 + (unsigned)_i % 4; rules > 0; rules--) {
        random_rule(&seed);
    }
    ready();
    for (uint64_t n = 0; n <= 200; n++) {
        uint64_t passing = mf_decide_passing_ahead(&plan, n);
        for (uint64_t ahead = 1; ahead <= passing && ahead < 300; ahead++) {
            ck_assert_int_eq(mf_decide_number(&plan, n + ahead), -1);
        }
        if (passing < 1000) {
            ck_assert_int_ge(mf_decide_number(&plan, n + passing + 1), 0);
        }
    }
}
END_TEST

START_TEST(a_policy_that_is_over_lets_pass_for_ever) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_EVERY, rule->every = 2, rule->times = 1;
    ready();
    ck_assert_uint_eq(mf_decide_passing_ahead(&plan, 0), 1);
    ck_assert_uint_eq(mf_decide_passing_ahead(&plan, 2), UINT64_MAX - 2);
}
END_TEST

START_TEST(sizes_are_inclusive_on_both_ends) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->size_min = 10, rule->size_max = 20;
    ready();
    ck_assert_int_eq(decide_size(9), -1);
    ck_assert_int_eq(decide_size(10), 0);
    ck_assert_int_eq(decide_size(20), 0);
    ck_assert_int_eq(decide_size(21), -1);
}
END_TEST

START_TEST(time_begins_with_after_and_ends_before_before) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->after_ns = 100, rule->before_ns = 200;
    ready();
    static const struct {
        uint64_t time;
        int rule;
    } cases[] = {{99, -1}, {100, 0}, {199, 0}, {200, -1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mf_call call = call_of(1);
        call.time_ns = cases[i].time;
        ck_assert_int_eq(decide(&call), cases[i].rule);
    }
}
END_TEST

START_TEST(what_comes_before_enough_failures_is_not_counted) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->after_failures = 2, rule->trigger = MF_FROM, rule->from = 2;
    ready();
    ck_assert(!plan.uniform);
    static const struct {
        uint64_t failures;
        int rule;
    } cases[] = {{0, -1}, {1, -1}, {1, -1}, {2, -1}, {2, 0}, {3, 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mf_call call = call_of(1);
        call.failures = cases[i].failures;
        ck_assert_int_eq(decide(&call), cases[i].rule);
    }
}
END_TEST

START_TEST(other_functions_pass) {
    clear();
    add_rule()->functions = MF_FUNCTION_BIT(MF_CALLOC);
    ready();
    struct mf_call call = call_of(1);
    ck_assert_int_eq(decide(&call), -1);
    call.function = MF_CALLOC;
    ck_assert_int_eq(decide(&call), 0);
}
END_TEST

START_TEST(other_threads_pass) {
    clear();
    add_rule()->thread_index = 2;
    ready();
    struct mf_call call = call_of(1);
    ck_assert_int_eq(decide(&call), -1);
    call.thread = 2;
    ck_assert_int_eq(decide(&call), 0);
}
END_TEST

START_TEST(dear_filters_are_asked_only_where_cheap_ones_hold) {
    clear();
    struct mf_rule *rule = add_rule();
    strcpy(rule->caller.module, "lib*");
    strcpy(rule->stack.function, "main");
    strcpy(rule->thread_name, "worker");
    rule->size_min = 10;
    ready();
    decide_size(9);
    ck_assert_uint_eq(filters_asked, 0);
    ck_assert_int_eq(decide_size(10), 0);
    ck_assert_uint_eq(filters_asked, 1u << MF_FILTER_CALLER | 1u << MF_FILTER_STACK |
                                         1u << MF_FILTER_THREAD_NAME);
    filter_answer = false;
    ck_assert_int_eq(decide_size(10), -1);
}
END_TEST

START_TEST(only_selected_calls_are_counted) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->size_min = 10, rule->trigger = MF_NTH, rule->nth[0] = 2, rule->nth_count = 1;
    ready();
    ck_assert_int_eq(decide_size(10), -1);
    ck_assert_int_eq(decide_size(1), -1);
    ck_assert_int_eq(decide_size(10), 0);
}
END_TEST

START_TEST(a_heap_budget_takes_what_would_go_over_it) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_HEAP_ABOVE, rule->heap_above = 1000;
    ready();
    struct mf_call call = call_of(1);
    call.heap_after = 1000;
    ck_assert_int_eq(decide(&call), -1);
    call.heap_after = 1001;
    ck_assert_int_eq(decide(&call), 0);
}
END_TEST

/** The pattern of 64 draws of a thread under a seed. */
static uint64_t draws(uint64_t seed, uint64_t thread, uint64_t probability) {
    clear();
    struct mf_rule *rule = add_rule();
    policy.seed = seed;
    rule->trigger = MF_PROBABILITY, rule->probability = probability;
    ready();
    uint64_t bits = 0;
    for (int i = 0; i < 64; i++) {
        struct mf_call call = call_of(1);
        call.thread = thread;
        bits = bits << 1 | (decide(&call) == 0);
    }
    return bits;
}

START_TEST(chance_follows_seed_and_thread) {
    uint64_t half = UINT64_C(1) << 63;
    ck_assert_uint_eq(draws(1, 1, half), draws(1, 1, half));
    ck_assert_uint_ne(draws(1, 1, half), draws(2, 1, half));
    ck_assert_uint_ne(draws(1, 1, half), draws(1, 2, half));
}
END_TEST

START_TEST(chance_keeps_its_odds) {
    ck_assert_uint_eq(draws(1, 1, 0), 0);
    ck_assert_uint_eq(draws(1, 1, UINT64_MAX), UINT64_MAX);
    int heads = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        heads += __builtin_popcountll(draws(seed, 1, UINT64_C(1) << 62));
    }
    // 12,800 draws at a quarter: 3,200, give or take five standard deviations of 49.
    ck_assert_int_gt(heads, 2955);
    ck_assert_int_lt(heads, 3445);
}
END_TEST

/** Rules that count by thread, by chance or not. */
static void random_rule_by_thread(unsigned *seed) {
    static const uint64_t chances[] = {UINT64_C(1) << 63, UINT64_C(1) << 60,
                                       UINT64_C(1) << 53, 0, UINT64_MAX};
    random_rule(seed);
    struct mf_rule *rule = &policy.rules[policy.rule_count - 1];
    rule->counter = MF_PER_THREAD;
    if (rand_r(seed) % 2) {
        rule->trigger = MF_PROBABILITY;
        rule->probability = chances[(unsigned)rand_r(seed) % 5];
    }
}

START_TEST(what_a_thread_leaps_over_no_rule_takes) {
    unsigned seed = (unsigned)_i + 1;
    clear();
    for (unsigned rules = 1 + (unsigned)_i % 4; rules > 0; rules--) {
        random_rule_by_thread(&seed);
    }
    policy.rules[0].trigger = MF_PROBABILITY;
    ready();
    ck_assert(plan.by_thread && !plan.uniform);
    struct mf_counts counts = {process_counts, thread_counts, true};
    uint64_t ahead = 0, leapt = 0;
    for (int n = 0; n < 20000; n++) {
        int rule = decide_size(1);
        if (ahead > 0) {
            ahead--, leapt++;
            ck_assert_int_eq(rule, -1);
        } else {
            ahead = mf_decide_passing_ahead_alone(&plan, &counts, 1);
        }
    }
    // What never comes is leapt over, and no leap is for ever.
    ck_assert(policy.rule_count > 1 || policy.rules[0].probability > UINT64_C(1) << 60 ||
              leapt > 10000);
}
END_TEST

START_TEST(chance_keeps_its_odds_for_each_rule_and_what_it_selects) {
    enum { RULES = 4, EACH = 1000000 };
    static const double odds[RULES] = {0.5, 0.1, 0.01, 0.0005};
    clear();
    for (uint64_t i = 0; i < RULES; i++) {
        struct mf_rule *rule = add_rule();
        rule->trigger = MF_PROBABILITY;
        rule->probability = (uint64_t)(odds[i] * 18446744073709551616.0);
        rule->size_min = rule->size_max = i;
    }
    ready();
    int strange = 0;
    for (int n = 0; n < EACH; n++) {
        for (uint64_t size = 0; size < RULES; size++) {
            int rule = decide_size(size);
            strange += rule != -1 && rule != (int)size;
        }
    }
    ck_assert_int_eq(strange, 0);
    for (int i = 0; i < RULES; i++) {
        ck_assert_uint_eq(thread_counts[i].selected, EACH);
        double off = (double)process_counts[i].taken - EACH * odds[i];
        // Four standard deviations, squared.
        ck_assert(off * off < 16 * EACH * odds[i] * (1 - odds[i]));
    }
}
END_TEST

#define THREADS 4
#define CALLS   200000

static void *count_failures(void *failures) {
    struct mf_count own[MF_POLICY_RULES_MAX];
    memset(own, 0, sizeof(own));
    struct mf_counts counts = {process_counts, own, false};
    struct mf_call call = call_of(1);
    for (int i = 0; i < CALLS; i++) {
        *(long *)failures += mf_decide(&plan, &counts, &call) >= 0;
    }
    return NULL;
}

static long failures_of_threads(void) {
    pthread_t threads[THREADS];
    long failures[THREADS] = {0};
    long sum = 0;
    ready();
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_failures, &failures[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += failures[i];
    }
    return sum;
}

START_TEST(threads_together_take_every_nth) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->trigger = MF_EVERY, rule->every = 1000;
    ck_assert_int_eq(failures_of_threads(), THREADS * CALLS / 1000);
}
END_TEST

START_TEST(threads_together_take_no_more_than_times) {
    clear();
    add_rule()->times = 17;
    ck_assert_int_eq(failures_of_threads(), 17);
}
END_TEST

START_TEST(threads_count_alone_where_the_rule_says_so) {
    clear();
    struct mf_rule *rule = add_rule();
    rule->counter = MF_PER_THREAD;
    rule->trigger = MF_NTH, rule->nth[0] = 7, rule->nth_count = 1;
    ck_assert_int_eq(failures_of_threads(), THREADS);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("decide");
    TCase *test = tcase_create("decide");
    tcase_add_test(test, a_bare_rule_takes_every_call);
    tcase_add_test(test, nth_takes_the_listed_numbers);
    tcase_add_test(test, a_range_takes_its_steps_only);
    tcase_add_test(test, every_takes_the_multiples_so_many_times);
    tcase_add_test(test, from_takes_all_from_there_on);
    tcase_add_test(test, a_later_rule_does_not_count_what_an_earlier_one_took);
    tcase_add_loop_test(test, deciding_by_number_and_by_counting_agree, 0, 40);
    tcase_add_loop_test(test, passing_ends_right_before_the_next_number_that_is_taken, 0,
                        20);
    tcase_add_test(test, a_policy_that_is_over_lets_pass_for_ever);
    tcase_add_test(test, sizes_are_inclusive_on_both_ends);
    tcase_add_test(test, time_begins_with_after_and_ends_before_before);
    tcase_add_test(test, what_comes_before_enough_failures_is_not_counted);
    tcase_add_test(test, other_functions_pass);
    tcase_add_test(test, other_threads_pass);
    tcase_add_test(test, dear_filters_are_asked_only_where_cheap_ones_hold);
    tcase_add_test(test, only_selected_calls_are_counted);
    tcase_add_test(test, a_heap_budget_takes_what_would_go_over_it);
    tcase_add_test(test, chance_follows_seed_and_thread);
    tcase_add_test(test, chance_keeps_its_odds);
    tcase_add_loop_test(test, what_a_thread_leaps_over_no_rule_takes, 0, 40);
    tcase_add_test(test, chance_keeps_its_odds_for_each_rule_and_what_it_selects);
    tcase_add_test(test, threads_together_take_every_nth);
    tcase_add_test(test, threads_together_take_no_more_than_times);
    tcase_add_test(test, threads_count_alone_where_the_rule_says_so);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
