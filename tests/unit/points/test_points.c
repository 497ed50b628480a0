// SPDX-License-Identifier: MIT
#include "runner/points/points.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

/** Modules of the clean run below, by index. */
enum { PROGRAM, LIBRARY, LIBC };

/** A clean run of eight allocations from four stacks:
 *   10: of the program, three times; 20: of the library;
 *   30: of the library by the C library, for the program's sake, three times;
 *   40: of nobody knows whom.
 */
static const uint64_t ids[] = {10, 20, 10, 30, 40, 30, 10, 30};

static struct frame frames[] = {
    {PROGRAM, 1},                                        // 10
    {LIBRARY, 2}, {PROGRAM, 3},                          // 20
    {LIBC, 4},    {LIBRARY, 5}, {PROGRAM, 6}, {LIBC, 7}, // 30
};

static struct stacks_entry entries[] = {
    {.id = 10, .allocations = 3, .first = 0, .count = 1, .near = 1, .own = 1, .site = 0},
    {.id = 20, .allocations = 1, .first = 1, .count = 2, .near = 1, .own = 1, .site = 1},
    {.id = 30, .allocations = 3, .first = 3, .count = 4, .near = 2, .own = 2, .site = 2},
    {.id = 40, .allocations = 1, .first = 7, .count = 0, .near = 0, .own = 0, .site = 3},
};

static struct mf_module modules[] = {
    {.path = "/usr/bin/prog"},
    {.path = "/opt/lib/libfoo.so.1"},
    {.path = "/lib/libc.so.6"},
};

static char prog[] = "prog", foo[] = "libfoo.so.1", libc[] = "libc.so.6";
static char *names[] = {prog, foo, libc};

/** Which allocations are chosen: their numbers, one digit each, in the points' order. */
static const char *chosen(struct points_choice choice) {
    static char text[16];
    struct processes processes = {0};
    struct points points;
    struct stacks stacks = {.list = entries,
                            .count = 4,
                            .frames = frames,
                            .frame_count = 7,
                            .site_count = 4,
                            .modules = {modules, names, 3, 3}};
    const struct points_source source = {ids, 8, &processes, &stacks};
    ck_assert_int_eq(points_choose(&points, &source, &choice), 0);
    ck_assert_uint_lt(points.count, sizeof(text));
    for (size_t i = 0; i < points.count; i++) {
        text[i] = (char)('0' + points.list[i].number);
    }
    text[points.count] = '\0';
    ck_assert_uint_eq(points.stacks, 4);
    points_destroy(&points);
    return text;
}

static struct points_choice only(const char *glob) {
    struct points_choice choice = {0};
    ck_assert_ptr_null(stacks_add_glob(&choice.only, glob));
    return choice;
}

static struct points_choice skip(const char *glob) {
    struct points_choice choice = {0};
    ck_assert_ptr_null(stacks_add_glob(&choice.skip, glob));
    return choice;
}

START_TEST(each_stack_has_its_first_second_and_last_allocation) {
    ck_assert_str_eq(chosen((struct points_choice){0}), "12453678");
    ck_assert_str_eq(chosen((struct points_choice){.kind = POINTS_ALL}), "12453678");
}
END_TEST

START_TEST(a_point_is_of_its_site_s_module_and_of_those_within) {
    ck_assert_str_eq(chosen(only("prog")), "137");
    ck_assert_str_eq(chosen(only("libfoo.so*")), "2468");
    ck_assert_str_eq(chosen(only("libc.so*")), "468");
    ck_assert_str_eq(chosen(only("libbar*")), "");
}
END_TEST

START_TEST(what_is_skipped_is_what_only_would_keep) {
    ck_assert_str_eq(chosen(skip("prog")), "24568");
    ck_assert_str_eq(chosen(skip("libfoo.so*")), "1537");
    ck_assert_str_eq(chosen(skip("libc.so*")), "12537");
    ck_assert_str_eq(chosen(skip("libbar*")), "12453678");
}
END_TEST

START_TEST(an_unknown_stack_is_of_no_module) {
    ck_assert_str_eq(chosen(only("*")), "1243678");
    ck_assert_str_eq(chosen(skip("*")), "5");
}
END_TEST

START_TEST(all_of_a_stack_can_be_asked_for) {
    ck_assert_str_eq(chosen(only("stack:prog")), "1243678");
    ck_assert_str_eq(chosen(skip("stack:libfoo*")), "1537");
}
END_TEST

START_TEST(a_pattern_with_a_slash_is_for_paths) {
    ck_assert_str_eq(chosen(only("/opt/*")), "2468");
    ck_assert_str_eq(chosen(only("/opt")), "");
    ck_assert_str_eq(chosen(only("stack:/usr/bin/*")), "1243678");
}
END_TEST

START_TEST(skipping_wins_and_patterns_add_up) {
    struct points_choice choice = only("libfoo*");
    ck_assert_ptr_null(stacks_add_glob(&choice.only, "prog"));
    ck_assert_str_eq(chosen(choice), "1243678");
    ck_assert_ptr_null(stacks_add_glob(&choice.skip, "libc.so*"));
    ck_assert_str_eq(chosen(choice), "1237");
    choice.kind = POINTS_ALL;
    ck_assert_str_eq(chosen(choice), "1237");
}
END_TEST

START_TEST(a_sample_is_drawn_from_what_is_left) {
    struct points_choice choice = only("prog");
    choice.kind = POINTS_SAMPLE;
    choice.sample = 2;
    ck_assert_uint_eq(strspn(chosen(choice), "137"), 2);
    choice.sample = 9;
    ck_assert_str_eq(chosen(choice), "137");
}
END_TEST

START_TEST(shards_of_what_is_left_are_a_partition) {
    char seen[16] = "";
    for (uint64_t shard = 0; shard < 3; shard++) {
        struct points_choice choice = skip("libc.so*");
        choice.shards = 3;
        choice.shard = shard;
        strcat(seen, chosen(choice));
    }
    ck_assert_uint_eq(strlen(seen), 5);
    ck_assert_uint_eq(strspn("12357", seen), 5);
}
END_TEST

START_TEST(bad_patterns_are_refused) {
    struct stacks_globs globs = {0};
    ck_assert_ptr_nonnull(stacks_add_glob(&globs, ""));
    ck_assert_ptr_nonnull(stacks_add_glob(&globs, "stack:"));
    ck_assert_ptr_nonnull(stacks_add_glob(&globs, "[x"));
    ck_assert_uint_eq(globs.count, 0);
    for (unsigned i = 0; i < STACKS_GLOBS_MAX; i++) {
        ck_assert_ptr_null(stacks_add_glob(&globs, "x"));
    }
    ck_assert_ptr_nonnull(stacks_add_glob(&globs, "x"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("points");
    TCase *tests = tcase_create("choosing");
    tcase_add_test(tests, each_stack_has_its_first_second_and_last_allocation);
    tcase_add_test(tests, a_point_is_of_its_site_s_module_and_of_those_within);
    tcase_add_test(tests, what_is_skipped_is_what_only_would_keep);
    tcase_add_test(tests, an_unknown_stack_is_of_no_module);
    tcase_add_test(tests, all_of_a_stack_can_be_asked_for);
    tcase_add_test(tests, a_pattern_with_a_slash_is_for_paths);
    tcase_add_test(tests, skipping_wins_and_patterns_add_up);
    tcase_add_test(tests, a_sample_is_drawn_from_what_is_left);
    tcase_add_test(tests, shards_of_what_is_left_are_a_partition);
    tcase_add_test(tests, bad_patterns_are_refused);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
