// SPDX-License-Identifier: MIT
#include "core/policy/arena.h"

#include "unit/unit.h"

#include <stdint.h>
#include <string.h>

enum { SIZE = 4096 };

static _Alignas(MF_ARENA_ALIGN) unsigned char memory[SIZE];
static struct mf_arena arena;

static void begin(void) {
    memset(memory, 0xa5, sizeof(memory));
    arena = (struct mf_arena){.memory = memory, .size = SIZE};
}

START_TEST(blocks_are_aligned) {
    for (size_t align = 1; align <= 512; align *= 2) {
        uintptr_t block = (uintptr_t)mf_arena_take(&arena, align, 3);
        ck_assert_uint_ne(block, 0);
        ck_assert_uint_eq(block % align, 0);
        ck_assert_uint_eq(block % MF_ARENA_ALIGN, 0);
    }
}
END_TEST

START_TEST(blocks_do_not_overlap) {
    unsigned char *blocks[20];
    for (int i = 0; i < 20; i++) {
        blocks[i] = mf_arena_take(&arena, 1, 40);
        ck_assert_ptr_nonnull(blocks[i]);
        memset(blocks[i], i, 40);
    }
    for (int i = 0; i < 20; i++) {
        for (int byte = 0; byte < 40; byte++) {
            ck_assert_int_eq(blocks[i][byte], i);
        }
        ck_assert_uint_eq(mf_arena_size(&arena, blocks[i]), 40);
    }
}
END_TEST

START_TEST(a_block_of_no_bytes_is_a_block) {
    void *first = mf_arena_take(&arena, 1, 0);
    void *second = mf_arena_take(&arena, 1, 0);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_ne(first, second);
    ck_assert_uint_eq(mf_arena_size(&arena, first), 1);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_and_takes_nothing) {
    ck_assert_ptr_null(mf_arena_take(&arena, 1, SIZE));
    ck_assert_ptr_null(mf_arena_take(&arena, 1, SIZE_MAX));
    ck_assert_ptr_null(mf_arena_take(&arena, 1, SIZE_MAX - 64));
    ck_assert_ptr_null(mf_arena_take(&arena, (size_t)1 << 63, 1));
    ck_assert_uint_eq(arena.used, 0);
    ck_assert_ptr_nonnull(mf_arena_take(&arena, 1, SIZE - MF_ARENA_ALIGN));
    ck_assert_uint_eq(arena.used, SIZE);
    ck_assert_ptr_null(mf_arena_take(&arena, 1, 1));
}
END_TEST

START_TEST(an_arena_of_no_bytes_refuses_all) {
    arena.size = 0;
    ck_assert_ptr_null(mf_arena_take(&arena, 1, 0));
    ck_assert_ptr_null(mf_arena_take(&arena, 1, 1));
}
END_TEST

START_TEST(the_newest_block_comes_back) {
    void *first = mf_arena_take(&arena, 1, 100);
    size_t used = arena.used;
    void *second = mf_arena_take(&arena, 256, 100);
    mf_arena_give(&arena, second);
    ck_assert_uint_eq(arena.used, used);
    ck_assert_ptr_eq(mf_arena_take(&arena, 256, 100), second);
    mf_arena_give(&arena, second);
    mf_arena_give(&arena, first);
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(an_older_block_waits_for_the_end) {
    void *first = mf_arena_take(&arena, 1, 100);
    void *second = mf_arena_take(&arena, 1, 100);
    size_t used = arena.used;
    mf_arena_give(&arena, first);
    ck_assert_uint_eq(arena.used, used);
    mf_arena_give(&arena, second);
    ck_assert_uint_lt(arena.used, used);
}
END_TEST

START_TEST(giving_nothing_back_does_nothing) {
    mf_arena_take(&arena, 1, 100);
    size_t used = arena.used;
    mf_arena_give(&arena, NULL);
    ck_assert_uint_eq(arena.used, used);
}
END_TEST

START_TEST(the_peak_stays) {
    void *block = mf_arena_take(&arena, 1, 1000);
    size_t peak = arena.used;
    mf_arena_give(&arena, block);
    mf_arena_take(&arena, 1, 10);
    ck_assert_uint_eq(arena.peak, peak);
}
END_TEST

START_TEST(an_arena_knows_its_own) {
    int elsewhere;
    void *block = mf_arena_take(&arena, 1, 10);
    ck_assert(mf_arena_owns(&arena, block));
    ck_assert(mf_arena_owns(&arena, memory));
    ck_assert(mf_arena_owns(&arena, memory + SIZE - 1));
    ck_assert(!mf_arena_owns(&arena, memory + SIZE));
    ck_assert(!mf_arena_owns(&arena, (void *)((uintptr_t)memory - 1)));
    ck_assert(!mf_arena_owns(&arena, &elsewhere));
    ck_assert(!mf_arena_owns(&arena, NULL));
    ck_assert_uint_eq(mf_arena_size(&arena, &elsewhere), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("arena");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, blocks_are_aligned);
    tcase_add_test(tests, blocks_do_not_overlap);
    tcase_add_test(tests, a_block_of_no_bytes_is_a_block);
    tcase_add_test(tests, what_does_not_fit_is_refused_and_takes_nothing);
    tcase_add_test(tests, an_arena_of_no_bytes_refuses_all);
    tcase_add_test(tests, the_newest_block_comes_back);
    tcase_add_test(tests, an_older_block_waits_for_the_end);
    tcase_add_test(tests, giving_nothing_back_does_nothing);
    tcase_add_test(tests, the_peak_stays);
    tcase_add_test(tests, an_arena_knows_its_own);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
