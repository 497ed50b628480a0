// SPDX-License-Identifier: MIT
#include "core/channel/journal.h"

#include "unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct mf_head *head;

static void set_up(void) {
    head = calloc(1, sizeof(*head));
    ck_assert_ptr_nonnull(head);
}

static void tear_down(void) {
    free(head);
}

static void append(uint64_t number) {
    uint64_t sequence;
    struct mf_injection *injection = mf_journal_reserve(head, &sequence);
    injection->number = number;
    mf_journal_publish(injection, sequence);
}

START_TEST(an_empty_journal_has_no_entries) {
    struct mf_injection copy;
    uint64_t cursor = 0;
    ck_assert(!mf_journal_next(head, &cursor, &copy));
}
END_TEST

START_TEST(entries_come_back_in_order) {
    struct mf_injection copy;
    uint64_t cursor = 0;
    append(11);
    append(22);
    ck_assert(mf_journal_next(head, &cursor, &copy) && copy.number == 11);
    ck_assert(mf_journal_next(head, &cursor, &copy) && copy.number == 22);
    ck_assert(!mf_journal_next(head, &cursor, &copy));
    append(33);
    ck_assert(mf_journal_next(head, &cursor, &copy) && copy.number == 33);
}
END_TEST

START_TEST(a_half_written_entry_is_passed_over) {
    struct mf_injection copy;
    uint64_t cursor = 0;
    uint64_t sequence;
    ck_assert_ptr_nonnull(mf_journal_reserve(head, &sequence));
    append(22);
    ck_assert(mf_journal_next(head, &cursor, &copy) && copy.number == 22);
}
END_TEST

START_TEST(the_first_and_the_latest_are_kept_and_the_rest_counted) {
    struct mf_injection copy;
    uint64_t cursor = 0, read = 0, last = 0, in_order = 0;
    const uint64_t all = 3 * MF_JOURNAL_MAX + 5;
    for (uint64_t i = 0; i < all; i++) {
        append(i);
    }
    while (mf_journal_next(head, &cursor, &copy)) {
        in_order += read == 0 || copy.number > last;
        last = copy.number;
        read++;
    }
    ck_assert_uint_eq(read, MF_JOURNAL_MAX);
    ck_assert_uint_eq(in_order, read);
    ck_assert_uint_eq(last, all - 1);
    ck_assert_uint_eq(mf_journal_lost(head), all - MF_JOURNAL_MAX);
}
END_TEST

START_TEST(hostile_entries_are_brought_into_range) {
    struct mf_injection copy;
    uint64_t cursor = 0;
    append(1);
    head->journal[0].frame_count = head->journal[0].process = UINT32_MAX;
    head->journal[0].rule = UINT32_MAX;
    ck_assert(mf_journal_next(head, &cursor, &copy));
    ck_assert_uint_le(copy.frame_count, MF_FRAMES_MAX);
    ck_assert_uint_le(copy.process, MF_PROCESSES_MAX);
    ck_assert_uint_lt(copy.rule, MF_POLICY_RULES_MAX);
    head->journal_used = UINT64_MAX;
    while (mf_journal_next(head, &cursor, &copy)) {
        ck_assert_uint_le(copy.frame_count, MF_FRAMES_MAX);
    }
}
END_TEST

START_TEST(repeats_are_counted_with_the_entry_before) {
    struct mf_injection copy;
    uint64_t cursor = 0;
    ck_assert_ptr_null(mf_journal_latest(head));
    append(7);
    mf_journal_repeat(mf_journal_latest(head), 8, 80);
    mf_journal_repeat(mf_journal_latest(head), 9, 90);
    ck_assert(mf_journal_next(head, &cursor, &copy));
    ck_assert_uint_eq(copy.number, 7);
    ck_assert_uint_eq(mf_injection_count(&copy), 3);
    ck_assert_uint_eq(copy.last_number, 9);
    ck_assert_uint_eq(copy.last_size, 90);
    ck_assert(!mf_journal_next(head, &cursor, &copy));
}
END_TEST

START_TEST(a_new_entry_has_no_repeats_of_the_one_it_overwrites) {
    for (uint64_t i = 0; i < MF_JOURNAL_MAX; i++) {
        append(i);
        mf_journal_repeat(mf_journal_latest(head), i, 0);
    }
    append(0);
    ck_assert_uint_eq(mf_injection_count(mf_journal_latest(head)), 1);
}
END_TEST

START_TEST(the_last_injections_are_found_with_their_repeats) {
    uint64_t cursor;
    append(1);
    append(2);
    ck_assert(mf_journal_tail(head, 2, &cursor) && cursor == 0);
    ck_assert(!mf_journal_tail(head, 3, &cursor));
    for (int i = 0; i < 1023; i++) {
        mf_journal_repeat(mf_journal_latest(head), 3, 0);
    }
    ck_assert(mf_journal_tail(head, 1024, &cursor) && cursor == 1);
    ck_assert(mf_journal_tail(head, 1025, &cursor) && cursor == 0);
}
END_TEST

static _Atomic bool over;

/** A target that writes where the number of entries is. */
static void *scribble(void *unused) {
    (void)unused;
    while (!atomic_load(&over)) {
        atomic_store(&head->journal_used, UINT64_MAX);
        atomic_store(&head->journal_used, 1);
    }
    return NULL;
}

/** An empty journal, whose length is now huge, now small. */
START_TEST(a_hostile_length_is_soon_at_its_end) {
    pthread_t thread;
    struct mf_injection copy;
    ck_assert_int_eq(pthread_create(&thread, NULL, scribble, NULL), 0);
    for (int i = 0; i < 2000; i++) {
        uint64_t cursor = 0;
        ck_assert(!mf_journal_next(head, &cursor, &copy));
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
}
END_TEST

#define WRITERS 4
#define ENTRIES 1000

static void *write_entries(void *first) {
    for (uint64_t i = 0; i < ENTRIES; i++) {
        append((uint64_t)(uintptr_t)first + i);
    }
    return NULL;
}

START_TEST(writers_at_once_lose_nothing) {
    pthread_t threads[WRITERS];
    static bool seen[WRITERS * ENTRIES];
    for (uintptr_t i = 0; i < WRITERS; i++) {
        void *first = (void *)(i * ENTRIES);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_entries, first), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    struct mf_injection copy;
    uint64_t count = 0;
    for (uint64_t cursor = 0; mf_journal_next(head, &cursor, &copy); count++) {
        ck_assert(copy.number < WRITERS * ENTRIES && !seen[copy.number]);
        seen[copy.number] = true;
    }
    ck_assert_uint_eq(count, WRITERS * ENTRIES);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("journal");
    TCase *test = tcase_create("journal");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, an_empty_journal_has_no_entries);
    tcase_add_test(test, entries_come_back_in_order);
    tcase_add_test(test, a_half_written_entry_is_passed_over);
    tcase_add_test(test, the_first_and_the_latest_are_kept_and_the_rest_counted);
    tcase_add_test(test, hostile_entries_are_brought_into_range);
    tcase_add_test(test, repeats_are_counted_with_the_entry_before);
    tcase_add_test(test, a_new_entry_has_no_repeats_of_the_one_it_overwrites);
    tcase_add_test(test, the_last_injections_are_found_with_their_repeats);
    tcase_add_test(test, a_hostile_length_is_soon_at_its_end);
    tcase_add_test(test, writers_at_once_lose_nothing);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
