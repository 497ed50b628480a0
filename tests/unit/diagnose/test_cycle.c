// SPDX-License-Identifier: MIT
#include "runner/diagnose/cycle.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 140000

static uint64_t keys[KEYS_MAX];
static size_t count;

/** Add the letters of a text as places, `times` over. */
static void add(const char *letters, size_t times) {
    for (size_t i = 0; i < times; i++) {
        for (const char *letter = letters; *letter; letter++) {
            ck_assert_uint_lt(count, KEYS_MAX);
            keys[count++] = (uint64_t)*letter;
        }
    }
}

/** Keys that differ from each other and from all letters. */
static void add_distinct(size_t number) {
    for (size_t i = 0; i < number; i++) {
        keys[count] = 1000 + count;
        count++;
    }
}

/** Find the cycle in an array of exactly `count` keys, so that none behind it is read. */
static struct cycle find(void) {
    uint64_t *exact = malloc(count ? count * sizeof(exact[0]) : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, keys, count * sizeof(exact[0]));
    struct cycle cycle = cycle_find(exact, count);
    free(exact);
    return cycle;
}

static void expect(size_t start, size_t length, size_t repeats) {
    struct cycle cycle = find();
    ck_assert_uint_eq(cycle.length, length);
    ck_assert_uint_eq(cycle.start, start);
    ck_assert_uint_eq(cycle.repeats, repeats);
}

static void clear(void) {
    count = 0;
}

START_TEST(nothing_has_no_cycle) {
    clear();
    expect(0, 0, 0);
    add("a", 1);
    expect(0, 0, 0);
}
END_TEST

START_TEST(an_honest_stack_has_none) {
    clear();
    add_distinct(500);
    expect(0, 0, 0);
}
END_TEST

START_TEST(a_function_that_calls_itself_is_a_cycle_of_one) {
    clear();
    add("a", 1000);
    expect(0, 1, 1000);
}
END_TEST

START_TEST(the_shortest_cycle_is_found) {
    clear();
    add("abab", 100);
    expect(0, 2, 200);
}
END_TEST

START_TEST(fifteen_times_are_honest_and_sixteen_are_not) {
    clear();
    add("abc", 15);
    add("x", 1);
    expect(0, 0, 0);
    clear();
    add("abc", 16);
    add("x", 1);
    expect(0, 3, 16);
}
END_TEST

START_TEST(frames_on_the_way_in_and_out_do_not_count) {
    clear();
    add("xyz", 1);
    add("pqr", 30);
    add("main_start", 1);
    expect(3, 3, 30);
}
END_TEST

START_TEST(a_last_round_that_is_cut_off_is_no_repetition) {
    clear();
    add("abcd", 20);
    add("abc", 1);
    expect(0, 4, 20);
}
END_TEST

START_TEST(a_cycle_may_be_as_long_as_promised) {
    clear();
    for (size_t i = 0; i < 20; i++) {
        for (size_t k = 0; k < CYCLE_LENGTH_MAX; k++) {
            keys[count++] = k;
        }
    }
    expect(0, CYCLE_LENGTH_MAX, 20);
    clear();
    for (size_t i = 0; i < 20; i++) {
        for (size_t k = 0; k <= CYCLE_LENGTH_MAX; k++) {
            keys[count++] = k;
        }
    }
    expect(0, 0, 0);
}
END_TEST

START_TEST(a_function_that_comes_twice_in_a_cycle_is_there_twice) {
    clear();
    add("aab", 40);
    expect(0, 3, 40);
}
END_TEST

START_TEST(a_recursion_far_from_the_end_is_none_of_it) {
    clear();
    add_distinct(400);
    add("ab", 1000);
    expect(0, 0, 0);
}
END_TEST

START_TEST(a_stack_of_130952_frames_is_counted_to_its_end) {
    clear();
    add("im", 1);
    add("wvpas", 26189);
    add("main and what is before it", 1);
    expect(2, 5, 26189);
}
END_TEST

/** The definition itself, asked of stacks by chance. */
START_TEST(what_is_found_is_a_cycle) {
    unsigned seed = (unsigned)_i + 1;
    clear();
    add_distinct((unsigned)rand_r(&seed) % 40);
    size_t length = 1 + (unsigned)rand_r(&seed) % 9;
    size_t start = count;
    size_t times = 1 + (unsigned)rand_r(&seed) % 40;
    for (size_t i = 0; i < times * length; i++) {
        // Two letters only: cycles within cycles come by themselves.
        keys[count] = i < length ? (unsigned)rand_r(&seed) % 2 : keys[count - length];
        count++;
    }
    add_distinct((unsigned)rand_r(&seed) % 40);
    struct cycle cycle = find();
    ck_assert_msg(times < 16 || (cycle.length > 0 && cycle.length <= length &&
                                 cycle.start <= start),
                  "a cycle of %zu, %zu times, is missed", length, times);
    for (size_t i = 0; i < cycle.length * (cycle.repeats - 1); i++) {
        ck_assert_uint_lt(cycle.start + i + cycle.length, count);
        ck_assert_uint_eq(keys[cycle.start + i], keys[cycle.start + i + cycle.length]);
    }
    ck_assert(cycle.length == 0 || cycle.repeats >= 16);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("cycle");
    TCase *test = tcase_create("cycle");
    tcase_add_test(test, nothing_has_no_cycle);
    tcase_add_test(test, an_honest_stack_has_none);
    tcase_add_test(test, a_function_that_calls_itself_is_a_cycle_of_one);
    tcase_add_test(test, the_shortest_cycle_is_found);
    tcase_add_test(test, fifteen_times_are_honest_and_sixteen_are_not);
    tcase_add_test(test, frames_on_the_way_in_and_out_do_not_count);
    tcase_add_test(test, a_last_round_that_is_cut_off_is_no_repetition);
    tcase_add_test(test, a_cycle_may_be_as_long_as_promised);
    tcase_add_test(test, a_function_that_comes_twice_in_a_cycle_is_there_twice);
    tcase_add_test(test, a_recursion_far_from_the_end_is_none_of_it);
    tcase_add_test(test, a_stack_of_130952_frames_is_counted_to_its_end);
    tcase_add_loop_test(test, what_is_found_is_a_cycle, 0, 60);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
