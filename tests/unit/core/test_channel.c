// SPDX-License-Identifier: MIT
#include "core/channel/channel.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

static struct mf_thread_counter counter_of(uint64_t granted, int64_t left) {
    return (struct mf_thread_counter){
        .granted = granted, .left = left, .used = 100, .passed = 7};
}

START_TEST(a_new_head_has_no_fault) {
    struct mf_head *head = calloc(1, sizeof(*head));
    ck_assert_ptr_nonnull(head);
    ck_assert_ptr_nonnull(mf_head_fault(head));
    mf_head_init(head);
    ck_assert_ptr_null(mf_head_fault(head));
    free(head);
}
END_TEST

START_TEST(another_version_is_refused_in_words) {
    struct mf_head *head = calloc(1, sizeof(*head));
    ck_assert_ptr_nonnull(head);
    mf_head_init(head);
    head->version++;
    ck_assert_ptr_nonnull(strstr(mf_head_fault(head), "different versions"));
    free(head);
}
END_TEST

START_TEST(an_overlong_policy_is_refused) {
    struct mf_head *head = calloc(1, sizeof(*head));
    ck_assert_ptr_nonnull(head);
    mf_head_init(head);
    head->policy_length = MF_POLICY_TEXT_MAX + 1;
    ck_assert_ptr_nonnull(mf_head_fault(head));
    free(head);
}
END_TEST

START_TEST(a_lease_counts_what_was_used_of_it) {
    struct mf_thread_counter fresh = counter_of(50, 50), half = counter_of(50, 20),
                             over = counter_of(50, -1);
    ck_assert_uint_eq(mf_thread_counter_counted(&fresh), 100);
    ck_assert_uint_eq(mf_thread_counter_counted(&half), 130);
    ck_assert_uint_eq(mf_thread_counter_counted(&over), 150);
}
END_TEST

START_TEST(a_recalled_lease_still_tells_what_was_used) {
    struct mf_thread_counter recalled = counter_of(50, 20 - MF_THREAD_COUNTER_RECALL);
    ck_assert_uint_eq(mf_thread_counter_counted(&recalled), 130);
}
END_TEST

START_TEST(a_closed_lease_counts_as_passed) {
    struct mf_thread_counter counter = counter_of(50, 20);
    counter.lease = MF_LEASE_CLOSED;
    ck_assert_uint_eq(mf_thread_counter_counted(&counter), 100);
    ck_assert_uint_eq(mf_thread_counter_passed(&counter), 37);
}
END_TEST

START_TEST(hostile_counters_are_bounded) {
    struct mf_thread_counter counter = counter_of(50, INT64_MAX);
    ck_assert_uint_le(mf_thread_counter_counted(&counter), 150);
    counter.left = INT64_MIN;
    ck_assert_uint_le(mf_thread_counter_counted(&counter), 150);
}
END_TEST

static struct mf_process *new_process(void) {
    struct mf_process *process = aligned_alloc(MF_PAGE, sizeof(*process));
    ck_assert_ptr_nonnull(process);
    memset(process, 0, sizeof(*process));
    return process;
}

START_TEST(a_process_adds_its_counters_up) {
    struct mf_process *process = new_process();
    process->counters[0] = counter_of(0, 0);
    process->counters[1] = counter_of(50, 20);
    process->counters_used = 2;
    process->stray = 1000;
    ck_assert_uint_eq(mf_process_counted(process), 1230);
    ck_assert_uint_eq(mf_process_seen(process), 1244);
    process->counters_used = UINT32_MAX;
    ck_assert_uint_eq(mf_process_seen(process), 1244);
    free(process);
}
END_TEST

START_TEST(a_notice_ends_the_lease_and_changes_no_count) {
    struct mf_thread_counter counter = counter_of(50, 20);
    mf_thread_counter_notify(&counter);
    ck_assert_int_lt(counter.left, 0);
    ck_assert_uint_eq(mf_thread_counter_counted(&counter), 130);
    ck_assert_uint_eq(mf_thread_counter_passed(&counter), 7);
    mf_thread_counter_notify(&counter);
    ck_assert_uint_eq(mf_thread_counter_counted(&counter), 130);
}
END_TEST

START_TEST(only_owners_that_lag_behind_are_notified) {
    struct mf_process *process = new_process();
    process->serial = 2;
    process->counters_used = 3;
    process->counters[0] =
        (struct mf_thread_counter){.owner = 10, .serial = 2, .left = 5};
    process->counters[1] =
        (struct mf_thread_counter){.owner = 11, .serial = 1, .left = 5};
    process->counters[2] = (struct mf_thread_counter){.owner = 0, .serial = 1, .left = 5};
    ck_assert_uint_eq(mf_process_notify(process), 1);
    ck_assert_int_eq(process->counters[0].left, 5);
    ck_assert_int_lt(process->counters[1].left, 0);
    ck_assert_int_eq(process->counters[2].left, 5);
    free(process);
}
END_TEST

START_TEST(a_tally_counts_while_its_policy_holds) {
    struct mf_process *process = new_process();
    process->stray = 100;
    process->tallies[0].earlier = 3;
    process->tallies[1].earlier = 20;
    process->tallies[1].begun = 60;
    process->tally = 1;
    ck_assert_uint_eq(mf_tally_counted(process, &process->tallies[0]), 3);
    ck_assert_uint_eq(mf_tally_counted(process, &process->tallies[1]), 60);
    process->tally = UINT32_MAX;
    ck_assert_ptr_eq(mf_process_tally(process), &process->tallies[0]);
    free(process);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("channel");
    TCase *test = tcase_create("channel");
    tcase_add_test(test, a_new_head_has_no_fault);
    tcase_add_test(test, another_version_is_refused_in_words);
    tcase_add_test(test, an_overlong_policy_is_refused);
    tcase_add_test(test, a_lease_counts_what_was_used_of_it);
    tcase_add_test(test, a_recalled_lease_still_tells_what_was_used);
    tcase_add_test(test, a_closed_lease_counts_as_passed);
    tcase_add_test(test, hostile_counters_are_bounded);
    tcase_add_test(test, a_process_adds_its_counters_up);
    tcase_add_test(test, a_notice_ends_the_lease_and_changes_no_count);
    tcase_add_test(test, only_owners_that_lag_behind_are_notified);
    tcase_add_test(test, a_tally_counts_while_its_policy_holds);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
