// SPDX-License-Identifier: MIT
#include "runner/trials/timeless.h"

#include "unit/unit.h"

static unsigned times;

static uint64_t hash(const char *text) {
    struct timeless hash = {0};
    for (; *text; text++) {
        timeless_add(&hash, *text);
    }
    uint64_t end = timeless_end(&hash);
    times = hash.times;
    return end;
}

static void same(const char *one, const char *other) {
    ck_assert_msg(hash(one) == hash(other), "'%s' and '%s' differ", one, other);
    ck_assert_uint_gt(times, 0);
}

static void differ(const char *one, const char *other) {
    ck_assert_msg(hash(one) != hash(other), "'%s' is as '%s'", one, other);
}

START_TEST(times_do_not_count) {
    same("[       OK ] Suite1.Test25 (0 ms)", "[       OK ] Suite1.Test25 (16 ms)");
    same("took 0.25s", "took 13.5s");
    same("1 min 3 s", "2 min 59 s");
    same("7 \u00b5s", "123 \u00b5s");
    same("12ms, 3 of 4\n", "1500ms, 3 of 4\n");
}
END_TEST

START_TEST(everything_else_does) {
    differ("[       OK ] Suite1.Test25 (0 ms)", "[       OK ] Suite1.Test26 (0 ms)");
    differ("3 of 4", "2 of 4");
    differ("3 stones", "4 stones");
    differ("took 3 ms", "took 3 s");
    differ("a3 ms", "a4 ms");
    differ("3 ms2", "4 ms2");
    differ("3  ms", "4  ms");
    differ("3 ms", "ms");
    differ("", "0");
}
END_TEST

START_TEST(a_long_word_is_no_unit) {
    differ("3 ssssssssssssssssssssss", "4 ssssssssssssssssssssss");
    differ("3 ssssssssssss", "4 ssssssssssss");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("timeless");
    TCase *tests = tcase_create("timeless");
    tcase_add_test(tests, times_do_not_count);
    tcase_add_test(tests, everything_else_does);
    tcase_add_test(tests, a_long_word_is_no_unit);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
