// SPDX-License-Identifier: MIT
#include "runner/util/exact.h"

#include "unit/unit.h"

#include <string.h>

static json_t *object;

static void set_up(void) {
    object = json_object();
    ck_assert_ptr_nonnull(object);
}

static void tear_down(void) {
    json_decref(object);
}

/** What the object says under a key, and that it says so in JSON. */
static const char *text_of(const char *key) {
    return json_string_value(json_object_get(object, key));
}

/** Replace it with what a file of it would be read as. */
static void write_and_read(void) {
    char *text = json_dumps(object, 0);
    ck_assert_ptr_nonnull(text);
    json_decref(object);
    object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    ck_assert_ptr_nonnull(object);
}

START_TEST(what_is_utf8_has_no_bytes_beside_it) {
    ck_assert_int_eq(exact_put(object, "input", "na\xc3\xafve"), 0);
    ck_assert_int_eq(exact_put(object, "prepare", NULL), 0);
    write_and_read();
    ck_assert_uint_eq(json_object_size(object), 2);
    ck_assert_int_eq(exact_restore(object), 0);
    ck_assert_str_eq(text_of("input"), "na\xc3\xafve");
    ck_assert(json_is_null(json_object_get(object, "prepare")));
}
END_TEST

START_TEST(what_is_not_comes_back_byte_by_byte) {
    char all[256];
    for (int i = 1; i < 256; i++) {
        all[i - 1] = (char)i;
    }
    all[255] = '\0';
    ck_assert_int_eq(exact_put(object, "input", all), 0);
    ck_assert_int_eq(exact_put(object, "check", "\xff"), 0);
    write_and_read();
    ck_assert_str_eq(text_of("check"), "?");
    ck_assert_int_eq(exact_restore(object), 0);
    ck_assert_str_eq(text_of("input"), all);
    ck_assert_str_eq(text_of("check"), "\xff");
}
END_TEST

START_TEST(only_those_of_a_list_that_need_it_are_others) {
    char program[] = "./prog", name[] = "caf\xe9", none[] = "";
    char *arguments[] = {program, name, none, NULL};
    ck_assert_int_eq(exact_put_arguments(object, "arguments", arguments), 0);
    write_and_read();
    const json_t *bytes = json_object_get(object, "arguments_bytes");
    ck_assert(json_is_null(json_array_get(bytes, 0)));
    ck_assert_str_eq(json_string_value(json_array_get(bytes, 1)), "636166e9");
    ck_assert_int_eq(exact_restore(object), 0);
    const json_t *list = json_object_get(object, "arguments");
    ck_assert_uint_eq(json_array_size(list), 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_str_eq(json_string_value(json_array_get(list, i)), arguments[i]);
    }
}
END_TEST

/** Bytes that nobody here has written: the text beside them stays. */
static const char *const wrong[] = {"1", "0g", "00", "41 42", "4", "-1", "0x41"};

START_TEST(bytes_that_are_none_are_left_alone) {
    json_object_set_new(object, "input", json_string("text"));
    json_object_set_new(object, "input_bytes", json_string(wrong[_i]));
    ck_assert_int_eq(exact_restore(object), 0);
    ck_assert_str_eq(text_of("input"), "text");
}
END_TEST

START_TEST(bytes_of_another_kind_are_left_alone) {
    json_object_set_new(object, "input", json_string("text"));
    json_object_set_new(object, "input_bytes", json_integer(1));
    json_object_set_new(object, "arguments", json_pack("[s,s]", "one", "two"));
    json_object_set_new(object, "arguments_bytes", json_pack("[s]", "ff"));
    json_object_set_new(object, "alone_bytes", json_string("ff"));
    ck_assert_int_eq(exact_restore(object), 0);
    ck_assert_str_eq(text_of("input"), "text");
    const json_t *list = json_object_get(object, "arguments");
    ck_assert_str_eq(json_string_value(json_array_get(list, 0)), "\xff");
    ck_assert_str_eq(json_string_value(json_array_get(list, 1)), "two");
    ck_assert_ptr_null(json_object_get(object, "alone"));
}
END_TEST

START_TEST(a_name_that_is_too_long_has_none) {
    const char key[] = "a_name_that_has_more_letters_than_there_is_room_for";
    json_object_set_new(object, key, json_string("text"));
    ck_assert_int_eq(exact_restore(object), 0);
    ck_assert_str_eq(text_of(key), "text");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("exact");
    TCase *tests = tcase_create("exact");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_is_utf8_has_no_bytes_beside_it);
    tcase_add_test(tests, what_is_not_comes_back_byte_by_byte);
    tcase_add_test(tests, only_those_of_a_list_that_need_it_are_others);
    tcase_add_loop_test(tests, bytes_that_are_none_are_left_alone, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(tests, bytes_of_another_kind_are_left_alone);
    tcase_add_test(tests, a_name_that_is_too_long_has_none);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
