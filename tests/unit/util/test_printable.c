// SPDX-License-Identifier: MIT
#include "runner/util/printable.h"

#include "unit/unit.h"

#include <stdlib.h>

/** Hold a tamed line against what it is to be. */
static void expect(const char *text, const char *wanted) {
    char *line = printable_line(text);
    ck_assert_str_eq(line, wanted);
    free(line);
}

START_TEST(plain_texts_stay) {
    expect("", "");
    expect("main (parse.c:7)", "main (parse.c:7)");
    expect("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80",
           "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80");
}
END_TEST

START_TEST(no_text_is_an_empty_one) {
    expect(NULL, "");
}
END_TEST

START_TEST(controls_go) {
    expect("\033[31mred\a\x7f", "?[31mred??");
    expect("one\ntwo\tthree\r", "one?two?three?");
}
END_TEST

START_TEST(controls_above_ascii_go) {
    expect("\xc2\x9b"
           "31m",
           "?31m");
    expect("\xc2\xa0", "\xc2\xa0");
}
END_TEST

START_TEST(turns_of_direction_go) {
    expect("a\xe2\x80\xae"
           "b\xe2\x81\xa6"
           "c",
           "a?b?c");
    expect("\xe2\x80\xa8", "?");
    expect("\xe2\x80\xa7", "\xe2\x80\xa7");
}
END_TEST

START_TEST(what_is_no_utf_8_goes_byte_by_byte) {
    expect("\xff\xfe", "??");
    expect("caf\xe9!", "caf?!");
    expect("\xe2\x82", "??");
    // Longer than need be, a surrogate, and past the end of Unicode.
    expect("\xc0\xaf", "??");
    expect("\xed\xa0\x80", "???");
    expect("\xf4\x90\x80\x80", "????");
}
END_TEST

START_TEST(what_no_xml_may_have_goes) {
    expect("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "??\xef\xbf\xbd");
}
END_TEST

START_TEST(a_text_keeps_its_lines) {
    char *text = printable_text("\tone\n\033two\r\n");
    ck_assert_str_eq(text, "\tone\n?two?\n");
    free(text);
}
END_TEST

START_TEST(a_text_is_made_printable_where_it_stands) {
    char text[] = "a\xe2\x80\xae"
                  "b\xff"
                  "c";
    printable_fix(text);
    ck_assert_str_eq(text, "a?b?c");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("printable");
    TCase *test = tcase_create("printable");
    tcase_add_test(test, plain_texts_stay);
    tcase_add_test(test, no_text_is_an_empty_one);
    tcase_add_test(test, controls_go);
    tcase_add_test(test, controls_above_ascii_go);
    tcase_add_test(test, turns_of_direction_go);
    tcase_add_test(test, what_is_no_utf_8_goes_byte_by_byte);
    tcase_add_test(test, what_no_xml_may_have_goes);
    tcase_add_test(test, a_text_keeps_its_lines);
    tcase_add_test(test, a_text_is_made_printable_where_it_stands);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
