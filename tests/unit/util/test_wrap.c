// SPDX-License-Identifier: MIT
// Lines that are broken for a terminal.
#include "runner/util/wrap.h"
#include "unit/unit.h"

#include <stdlib.h>

static void breaks(const char *text, size_t columns, const char *wanted) {
    char *broken = wrap_text(text, columns);
    ck_assert_ptr_nonnull(broken);
    ck_assert_str_eq(broken, wanted);
    free(broken);
}

START_TEST(a_line_that_fits_stays) {
    breaks("mallocfail: 1 defect\n", 20, "mallocfail: 1 defect\n");
    breaks("", 40, "");
}
END_TEST

START_TEST(a_line_is_broken_at_its_last_blank) {
    breaks("mallocfail: one two three four\nnext\n", 24,
           "mallocfail: one two\n    three four\nnext\n");
}
END_TEST

START_TEST(what_follows_a_column_stays_in_it) {
    breaks("    failed  one two three\n", 20, "    failed  one two\n            three\n");
}
END_TEST

START_TEST(a_word_that_is_too_long_stays_whole) {
    breaks("mallocfail: abcdefghijklmnopqrstuvwxyz end\n", 16,
           "mallocfail:\n    abcdefghijklmnopqrstuvwxyz end\n");
}
END_TEST

START_TEST(frames_and_commands_stay_whole) {
    const char *text = "        function                at file.c:12\n"
                       "    again   mallocfail replay a/long/file/name\n";
    breaks(text, 30, text);
}
END_TEST

START_TEST(colours_and_bytes_of_a_character_take_no_column) {
    breaks("\033[31mmallocfail: a\033[0m b\n", 15, "\033[31mmallocfail: a\033[0m b\n");
    breaks("äöü äöü äöü\n", 11, "äöü äöü äöü\n");
}
END_TEST

START_TEST(without_a_terminal_nothing_is_broken) {
    breaks("a long line with many words\n", 0, "a long line with many words\n");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wrap");
    TCase *test = tcase_create("wrap");
    tcase_add_test(test, a_line_that_fits_stays);
    tcase_add_test(test, a_line_is_broken_at_its_last_blank);
    tcase_add_test(test, what_follows_a_column_stays_in_it);
    tcase_add_test(test, a_word_that_is_too_long_stays_whole);
    tcase_add_test(test, frames_and_commands_stay_whole);
    tcase_add_test(test, colours_and_bytes_of_a_character_take_no_column);
    tcase_add_test(test, without_a_terminal_nothing_is_broken);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
