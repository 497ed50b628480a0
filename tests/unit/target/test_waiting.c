// SPDX-License-Identifier: MIT
#include "runner/target/waiting.h"
#include "runner/util/clock.h"

#include "unit/unit.h"

#include <time.h>
#include <unistd.h>

#define SPAN (20 * CLOCK_MILLISECOND)

static const struct procfile_share before = {
    .tid = 7, .ran_ns = 3 * CLOCK_SECOND, .waited_ns = CLOCK_SECOND};
static struct waiting waiting;

/** An account in which this thread has waited for longer than it lasts. */
static void begin(void) {
    const struct timespec span = {0, SPAN};
    waiting_begin(&waiting, &before);
    waiting.waited_ns -= CLOCK_SECOND;
    nanosleep(&span, NULL);
}

START_TEST(a_thread_that_did_nothing_stood_still_all_the_time) {
    uint64_t still = waiting_stood_still(&waiting, &before);
    ck_assert_uint_ge(still, SPAN);
    ck_assert_uint_lt(still, CLOCK_SECOND);
}
END_TEST

START_TEST(a_thread_that_ran_did_not_stand_still_though_this_one_waited) {
    struct procfile_share now = before;
    now.ran_ns += CLOCK_SECOND;
    ck_assert_uint_eq(waiting_stood_still(&waiting, &now), 0);
}
END_TEST

START_TEST(nor_did_one_that_waited_for_a_processor_itself) {
    struct procfile_share now = before;
    now.waited_ns += CLOCK_SECOND;
    ck_assert_uint_eq(waiting_stood_still(&waiting, &now), 0);
}
END_TEST

START_TEST(of_another_thread_it_is_not_known_whether_it_ran) {
    struct procfile_share other = {.tid = 8, .ran_ns = 9 * CLOCK_SECOND};
    ck_assert_uint_ge(waiting_stood_still(&waiting, &other), SPAN);
}
END_TEST

START_TEST(where_this_one_did_not_wait_nothing_is_excused) {
    waiting.waited_ns += CLOCK_SECOND;
    struct procfile_share own = procfile_share(getpid());
    ck_assert_uint_le(waiting_stood_still(&waiting, &before),
                      own.waited_ns - waiting.waited_ns);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("waiting");
    TCase *test = tcase_create("waiting");
    tcase_add_checked_fixture(test, begin, NULL);
    tcase_add_test(test, a_thread_that_did_nothing_stood_still_all_the_time);
    tcase_add_test(test, a_thread_that_ran_did_not_stand_still_though_this_one_waited);
    tcase_add_test(test, nor_did_one_that_waited_for_a_processor_itself);
    tcase_add_test(test, of_another_thread_it_is_not_known_whether_it_ran);
    tcase_add_test(test, where_this_one_did_not_wait_nothing_is_excused);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
