// SPDX-License-Identifier: MIT
#include "core/channel/stackid.h"

#include "core/policy/mix.h"
#include "unit/unit.h"

#include <string.h>

static struct mf_module module_of(const char *path, const char *build_id) {
    struct mf_module module = {.build_id_length = (uint32_t)strlen(build_id)};
    strcpy(module.path, path);
    memcpy(module.build_id, build_id, strlen(build_id));
    return module;
}

static uint64_t key_of(const char *path, const char *build_id) {
    struct mf_module module = module_of(path, build_id);
    return mf_stackid_module(&module);
}

static uint64_t id_of(uint64_t module, uint64_t first, uint64_t second) {
    return mf_stackid_add(mf_stackid_add(MF_STACKID_START, module, first), module,
                          second);
}

START_TEST(a_module_is_known_by_its_build_id_wherever_it_lies) {
    ck_assert_uint_eq(key_of("/lib/libm.so.6", "abc"), key_of("/opt/other.so", "abc"));
    ck_assert_uint_ne(key_of("/lib/libm.so.6", "abc"), key_of("/lib/libm.so.6", "abd"));
}
END_TEST

START_TEST(without_a_build_id_the_base_name_counts) {
    ck_assert_uint_eq(key_of("/lib/libm.so.6", ""), key_of("/usr/lib/libm.so.6", ""));
    ck_assert_uint_ne(key_of("/lib/libm.so.6", ""), key_of("/lib/libz.so.1", ""));
}
END_TEST

START_TEST(a_hostile_build_id_length_is_not_believed) {
    struct mf_module module = module_of("/lib/libm.so.6", "");
    module.build_id_length = UINT32_MAX;
    ck_assert_uint_eq(mf_stackid_module(&module), key_of("/lib/libm.so.6", ""));
}
END_TEST

START_TEST(order_and_offset_matter) {
    ck_assert_uint_eq(id_of(7, 1, 2), id_of(7, 1, 2));
    ck_assert_uint_ne(id_of(7, 1, 2), id_of(7, 2, 1));
    ck_assert_uint_ne(id_of(7, 1, 2), id_of(7, 1, 3));
    ck_assert_uint_ne(id_of(7, 1, 2), id_of(8, 1, 2));
}
END_TEST

START_TEST(addresses_without_a_module_leave_no_trace_of_aslr) {
    ck_assert_uint_eq(id_of(0, 0x7f0000001234, 0x7f0000005678), id_of(0, 1, 2));
}
END_TEST

START_TEST(a_prefix_has_another_id) {
    uint64_t one = mf_stackid_add(MF_STACKID_START, 7, 1);
    ck_assert_uint_ne(one, id_of(7, 1, 2));
    ck_assert_uint_ne(one, MF_STACKID_START);
}
END_TEST

/** The id of a stack, a letter for each function and a digit for the place in it. */
static struct mf_stackid folded(const char *text) {
    struct mf_stackid stack;
    mf_stackid_begin(&stack);
    for (; *text; text += 2) {
        mf_stackid_push(&stack, 7, (uint64_t)(text[0] * 256 + text[1]),
                        mf_mix((uint64_t)text[0]));
    }
    return stack;
}

START_TEST(the_depth_of_a_recursion_does_not_count) {
    ck_assert_uint_eq(folded("a1a2m1").id, folded("a1m1").id);
    ck_assert_uint_eq(folded("a1a2a3a2a2m1").id, folded("a1m1").id);
    ck_assert_uint_eq(folded("x1a1b1a2b2a1b3m1").id, folded("x1a1b1m1").id);
    ck_assert_uint_eq(folded("a1a2b1a1a1a3b2m1").id, folded("a1b1m1").id);
    ck_assert_uint_eq(folded("a1a2m1").count, 2);
}
END_TEST

START_TEST(where_the_innermost_block_is_counts) {
    ck_assert_uint_ne(folded("a1a2m1").id, folded("a2a1m1").id);
}
END_TEST

START_TEST(without_recursion_folding_changes_nothing) {
    struct mf_stackid stack = folded("a1b1c1b2m1");
    uint64_t id = MF_STACKID_START;
    for (const char *text = "a1b1c1b2m1"; *text; text += 2) {
        id = mf_stackid_add(id, 7, (uint64_t)(text[0] * 256 + text[1]));
    }
    ck_assert_uint_eq(stack.id, id);
    ck_assert_uint_eq(stack.count, 5);
}
END_TEST

START_TEST(a_stack_of_any_depth_is_folded_in_bounds) {
    struct mf_stackid stack;
    mf_stackid_begin(&stack);
    for (uint64_t i = 0; i < 3 * MF_STACKID_FOLDED; i++) {
        ck_assert_uint_eq(mf_stackid_push(&stack, 7, i, mf_mix(i)), i);
    }
    uint64_t id = stack.id;
    ck_assert_uint_eq(mf_stackid_push(&stack, 7, 0, mf_mix(0)), 3 * MF_STACKID_FOLDED);
    ck_assert_uint_ne(stack.id, id);
}
END_TEST

START_TEST(ids_do_not_change_between_versions) {
    // Baselines are kept for years: this value may never move.
    ck_assert_uint_eq(id_of(key_of("/lib/libm.so.6", "abc"), 0x1234, 0x5678),
                      UINT64_C(0xf0b7152c41ec7487));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("stackid");
    TCase *test = tcase_create("stackid");
    tcase_add_test(test, a_module_is_known_by_its_build_id_wherever_it_lies);
    tcase_add_test(test, without_a_build_id_the_base_name_counts);
    tcase_add_test(test, a_hostile_build_id_length_is_not_believed);
    tcase_add_test(test, order_and_offset_matter);
    tcase_add_test(test, addresses_without_a_module_leave_no_trace_of_aslr);
    tcase_add_test(test, a_prefix_has_another_id);
    tcase_add_test(test, the_depth_of_a_recursion_does_not_count);
    tcase_add_test(test, where_the_innermost_block_is_counts);
    tcase_add_test(test, without_recursion_folding_changes_nothing);
    tcase_add_test(test, a_stack_of_any_depth_is_folded_in_bounds);
    tcase_add_test(test, ids_do_not_change_between_versions);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
