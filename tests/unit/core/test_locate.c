// SPDX-License-Identifier: MIT
#include "core/policy/locate.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#define KEY(name)                                                                        \
    { .key = (name) }
#define ELEMENT(at)                                                                      \
    { .index = (at) }

/* Depth */

static const struct {
    const char *text;
    size_t depth;
} depths[] = {
    {"", 0},
    {"  ", 0},
    {"1", 0},
    {"{}", 1},
    {"[]", 1},
    {"[[], [[]], {}]", 3},
    {"{\"a\": [1, {\"b\": []}]}", 4},
    {"\"[[[[\"", 0},
    {"[\"[[\\\"[[\", []]", 2},
    {"[\"\\\\\", [[]]]", 3},
    {"[[[[", 4},
    {"]]]][[", 2},
    {"[}[}[}", 1},
    {"[\"no end [[[", 1},
    {"[\"\\", 1},
};

START_TEST(depth_counts_brackets_outside_strings) {
    ck_assert_uint_eq(mf_locate_depth(depths[_i].text, strlen(depths[_i].text)),
                      depths[_i].depth);
}
END_TEST

START_TEST(depth_looks_at_no_more_than_the_length) {
    ck_assert_uint_eq(mf_locate_depth("[[[[", 2), 2);
    ck_assert_uint_eq(mf_locate_depth("[[[[", 0), 0);
}
END_TEST

START_TEST(depth_takes_nul_bytes_for_words) {
    ck_assert_uint_eq(mf_locate_depth("[\0[\0", 4), 2);
}
END_TEST

/* Offsets */

static const struct {
    size_t offset;
    int line, column;
} offsets[] = {
    {0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {5, 3, 2}, {7, 3, 4},
};

START_TEST(an_offset_is_a_line_and_a_column_of_bytes) {
    struct mf_locate_place place =
        mf_locate_offset("ab\n\n\xc3\xbc!", offsets[_i].offset);
    ck_assert_int_eq(place.line, offsets[_i].line);
    ck_assert_int_eq(place.column, offsets[_i].column);
}
END_TEST

/* Paths */

static const char text[] = "{\n"
                           "  \"version\": 1,\n"
                           "  \"skip\": { \"rules\": [ \"}]\", -1.5e3, [], {} ] },\n"
                           "  \"\\u0072ules\" : [\n"
                           "    { \"name\": \"a \\\"quoted\\\" [\", \"every\":100 },\n"
                           "    { \"every\" :\n"
                           "        [ 1, [2], {\"x\": null}, true ] } ],\n"
                           "  \"\\u00fc\\ud83d\\ude00\\/\\n\": false }\n";

struct path {
    struct mf_locate_step steps[6];
    size_t count;
    int at_key;
    int line, column;
};

static const struct path paths[] = {
    // The root
    {{KEY(NULL)}, 0, 0, 1, 1},
    // Members: value, then key
    {{KEY("version")}, 1, 0, 2, 14},
    {{KEY("version")}, 1, 1, 2, 3},
    {{KEY("skip")}, 1, 0, 3, 11},
    {{KEY("skip"), KEY("rules")}, 2, 1, 3, 13},
    // Elements
    {{KEY("skip"), KEY("rules"), ELEMENT(0)}, 3, 0, 3, 24},
    {{KEY("skip"), KEY("rules"), ELEMENT(1)}, 3, 0, 3, 30},
    {{KEY("skip"), KEY("rules"), ELEMENT(2)}, 3, 0, 3, 38},
    {{KEY("skip"), KEY("rules"), ELEMENT(3)}, 3, 0, 3, 42},
    // Keys with escapes
    {{KEY("rules")}, 1, 0, 4, 18},
    {{KEY("rules")}, 1, 1, 4, 3},
    {{KEY("\xc3\xbc\xf0\x9f\x98\x80/\n")}, 1, 0, 8, 29},
    // Deep ones
    {{KEY("rules"), ELEMENT(0), KEY("name")}, 3, 0, 5, 15},
    {{KEY("rules"), ELEMENT(0), KEY("every")}, 3, 0, 5, 41},
    {{KEY("rules"), ELEMENT(0), KEY("every")}, 3, 1, 5, 33},
    {{KEY("rules"), ELEMENT(1)}, 2, 0, 6, 5},
    {{KEY("rules"), ELEMENT(1), KEY("every")}, 3, 0, 7, 9},
    {{KEY("rules"), ELEMENT(1), KEY("every"), ELEMENT(1), ELEMENT(0)}, 5, 0, 7, 15},
    {{KEY("rules"), ELEMENT(1), KEY("every"), ELEMENT(2), KEY("x")}, 5, 0, 7, 25},
    {{KEY("rules"), ELEMENT(1), KEY("every"), ELEMENT(3)}, 4, 0, 7, 32},
    // Steps that lead nowhere stop at the innermost value reached
    {{KEY("rule")}, 1, 0, 1, 1},
    {{KEY("rules2")}, 1, 1, 1, 1},
    {{KEY("")}, 1, 0, 1, 1},
    {{KEY("version"), KEY("x")}, 2, 0, 2, 14},
    {{KEY("version"), ELEMENT(0)}, 2, 0, 2, 14},
    {{KEY("rules"), ELEMENT(2)}, 2, 0, 4, 18},
    {{KEY("rules"), KEY("every")}, 2, 0, 4, 18},
    {{ELEMENT(0)}, 1, 0, 1, 1},
    {{KEY("skip"), KEY("rules"), ELEMENT(2), ELEMENT(0)}, 4, 0, 3, 38},
    {{KEY("skip"), KEY("rules"), ELEMENT(3), KEY("a")}, 4, 0, 3, 42},
};

START_TEST(a_path_leads_to_a_place) {
    const struct path *path = &paths[_i];
    struct mf_locate_place place =
        mf_locate_path(text, strlen(text), path->steps, path->count, path->at_key);
    ck_assert_int_eq(place.line, path->line);
    ck_assert_int_eq(place.column, path->column);
}
END_TEST

START_TEST(a_path_is_safe_in_a_text_cut_anywhere) {
    const struct path *path = &paths[_i];
    for (size_t length = 0; length <= strlen(text); length++) {
        char *cut = malloc(length + 1);
        ck_assert_ptr_nonnull(cut);
        char *end = memcpy(cut + 1, text, length);
        mf_locate_path(end, length, path->steps, path->count, path->at_key);
        mf_locate_depth(end, length);
        free(cut);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("locate");
    TCase *tests = tcase_create("locate");
    const int path_count = sizeof(paths) / sizeof(paths[0]);
    tcase_add_loop_test(tests, depth_counts_brackets_outside_strings, 0,
                        sizeof(depths) / sizeof(depths[0]));
    tcase_add_test(tests, depth_looks_at_no_more_than_the_length);
    tcase_add_test(tests, depth_takes_nul_bytes_for_words);
    tcase_add_loop_test(tests, an_offset_is_a_line_and_a_column_of_bytes, 0,
                        sizeof(offsets) / sizeof(offsets[0]));
    tcase_add_loop_test(tests, a_path_leads_to_a_place, 0, path_count);
    tcase_add_loop_test(tests, a_path_is_safe_in_a_text_cut_anywhere, 0, path_count);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
