// SPDX-License-Identifier: MIT
#include "runner/util/json.h"

#include "unit/unit.h"

#include <stdlib.h>

/** A value is that, written; takes it over. */
static void is(json_t *value, const char *text) {
    char *got = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    ck_assert_ptr_nonnull(got);
    ck_assert_str_eq(got, text);
    free(got);
    json_decref(value);
}

START_TEST(a_text_is_as_it_was) {
    is(json_text("a \"b\"\n"), "\"a \\\"b\\\"\\n\"");
    is(json_text("caf\xc3\xa9"), "\"caf\\u00E9\"");
    is(json_text(""), "\"\"");
}
END_TEST

START_TEST(what_is_no_utf_8_is_shown_as_such) {
    is(json_text("caf\xe9.c"), "\"caf?.c\"");
    // All of it, for what is cut in two is no letter any more.
    is(json_text("\xc3\xa9\xc3"), "\"???\"");
    is(json_text("\xed\xa0\x80"), "\"???\"");
}
END_TEST

START_TEST(no_text_is_null) {
    is(json_optional(NULL), "null");
    is(json_optional("x"), "\"x\"");
}
END_TEST

START_TEST(numbers_end_where_json_s_do) {
    is(json_count(0), "0");
    is(json_count(INT64_MAX), "9223372036854775807");
    is(json_count(UINT64_MAX), "9223372036854775807");
}
END_TEST

START_TEST(addresses_and_ids_are_hexadecimal) {
    is(json_hex(0), "\"0x0\"");
    is(json_hex(UINT64_MAX), "\"0xffffffffffffffff\"");
    is(json_id(0xabc), "\"0000000000000abc\"");
}
END_TEST

START_TEST(an_object_is_whole_or_not_there) {
    json_t *object = json_object();
    int failures = json_put(object, "one", json_count(1));
    ck_assert_int_eq(failures, 0);
    is(json_finished(object, failures), "{\"one\": 1}");
    object = json_object();
    // A value that could not be made.
    failures = json_put(object, "one", NULL);
    ck_assert_int_ne(failures, 0);
    ck_assert_ptr_null(json_finished(object, failures));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("json");
    TCase *test = tcase_create("json");
    tcase_add_test(test, a_text_is_as_it_was);
    tcase_add_test(test, what_is_no_utf_8_is_shown_as_such);
    tcase_add_test(test, no_text_is_null);
    tcase_add_test(test, numbers_end_where_json_s_do);
    tcase_add_test(test, addresses_and_ids_are_hexadecimal);
    tcase_add_test(test, an_object_is_whole_or_not_there);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
