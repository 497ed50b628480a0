// SPDX-License-Identifier: MIT
#include "runner/util/clock.h"
#include "runner/util/helper.h"

#include "unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/** Write a word into the file. */
static int write_word(const void *context, int fd) {
    const char *word = (const char *)context;
    return write(fd, word, strlen(word)) == (ssize_t)strlen(word) ? 0 : errno;
}

static int refuse(const void *context, int fd) {
    (void)context;
    (void)fd;
    return ENOSPC;
}

static int die(const void *context, int fd) {
    (void)context;
    (void)fd;
    return raise(SIGKILL);
}

static int sleep_on(const void *context, int fd) {
    (void)context;
    (void)fd;
    pause();
    return 0;
}

static int write_schedule(const void *context, int fd) {
    (void)context;
    const char letter = sched_getscheduler(0) == SCHED_IDLE ? 'i' : 'o';
    return write(fd, &letter, 1) == 1 ? 0 : errno;
}

static void expect_content(struct helper *helper, const char *wanted) {
    char text[16] = "";
    int fd = helper_await(helper, CLOCK_NEVER);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, text, sizeof(text) - 1, 0), (ssize_t)strlen(wanted));
    ck_assert_str_eq(text, wanted);
}

START_TEST(what_it_writes_is_there_however_often_one_asks) {
    struct helper *helper = helper_start("word", false, write_word, "done");
    expect_content(helper, "done");
    expect_content(helper, "done");
    helper_free(helper);
}
END_TEST

START_TEST(an_idle_one_lets_others_go_first) {
    struct helper *helper = helper_start("word", true, write_schedule, NULL);
    expect_content(helper, "i");
    helper_free(helper);
}
END_TEST

START_TEST(its_error_is_told) {
    struct helper *helper = helper_start("word", false, refuse, NULL);
    ck_assert_int_eq(helper_await(helper, CLOCK_NEVER), -1);
    ck_assert_int_eq(errno, ENOSPC);
    helper_free(helper);
}
END_TEST

START_TEST(its_death_is_told) {
    struct helper *helper = helper_start("word", false, die, NULL);
    ck_assert_int_eq(helper_await(helper, CLOCK_NEVER), -1);
    ck_assert_int_eq(errno, ECHILD);
    helper_free(helper);
}
END_TEST

START_TEST(one_that_takes_too_long_is_not_waited_for_and_leaves_no_process) {
    struct helper *helper = helper_start("word", false, sleep_on, NULL);
    ck_assert_int_eq(helper_await(helper, CLOCK_MILLISECOND), -1);
    ck_assert_int_eq(errno, ETIMEDOUT);
    helper_free(helper);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(one_that_another_has_waited_for_tells_its_result_all_the_same) {
    struct helper *helper = helper_start("word", false, write_word, "done");
    ck_assert_int_gt(waitpid(-1, NULL, 0), 0);
    expect_content(helper, "done");
    helper_free(helper);
}
END_TEST

START_TEST(none_is_never_ready) {
    ck_assert_int_eq(helper_await(NULL, CLOCK_NEVER), -1);
    helper_free(NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("helper");
    TCase *test = tcase_create("helper");
    tcase_add_test(test, what_it_writes_is_there_however_often_one_asks);
    tcase_add_test(test, an_idle_one_lets_others_go_first);
    tcase_add_test(test, its_error_is_told);
    tcase_add_test(test, its_death_is_told);
    tcase_add_test(test, one_that_takes_too_long_is_not_waited_for_and_leaves_no_process);
    tcase_add_test(test, one_that_another_has_waited_for_tells_its_result_all_the_same);
    tcase_add_test(test, none_is_never_ready);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
