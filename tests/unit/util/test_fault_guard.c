// SPDX-License-Identifier: MIT
#include "runner/util/fault_guard.h"

#include "unit/unit.h"

#include <signal.h>
#include <stdlib.h>

static void count_up(void *context) {
    ++*(int *)context;
}

START_TEST(a_call_that_returns_has_returned) {
    int count = 0;
    ck_assert(fault_guard_call(count_up, &count));
    ck_assert(fault_guard_call(count_up, &count));
    ck_assert_int_eq(count, 2);
}
END_TEST

/** The ways to break off, each with the signal that tells, in the loop's order. */
static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void raise_it(void *context) {
    raise(*(const int *)context);
}

START_TEST(a_call_that_crashes_has_not) {
    int signal = signals[_i];
    ck_assert(!fault_guard_call(raise_it, &signal));
    // And no more so the next time: a handler leaves its signal blocked.
    ck_assert(!fault_guard_call(raise_it, &signal));
    int count = 0;
    ck_assert(fault_guard_call(count_up, &count));
}
END_TEST

static void leave(void *context) {
    (void)context;
    fault_guard_leave();
}

START_TEST(a_call_that_leaves_has_not) {
    ck_assert(!fault_guard_call(leave, NULL));
}
END_TEST

static void give_up(void *context) {
    (void)context;
    abort();
}

START_TEST(a_call_that_aborts_has_not) {
    ck_assert(!fault_guard_call(give_up, NULL));
}
END_TEST

/** As libdw over blocks in blocks in blocks. */
static int go_down(volatile int *depth) {
    volatile char frame[1000];
    frame[0] = (char)++*depth;
    return *depth > 0 ? go_down(depth) + frame[0] : 0;
}

static void recurse(void *context) {
    go_down(context);
}

START_TEST(a_call_whose_stack_runs_out_has_not) {
    int depth = 0;
    ck_assert(!fault_guard_call(recurse, &depth));
    ck_assert_int_gt(depth, 100);
    ck_assert(!fault_guard_call(recurse, &depth));
}
END_TEST

/** Whether the handler has been called. */
static volatile sig_atomic_t handled;

static void on_signal(int signal) {
    handled = signal;
}

START_TEST(outside_of_a_call_signals_do_what_they_did) {
    const struct sigaction own = {.sa_handler = on_signal};
    sigset_t mask;
    int signal = SIGFPE;
    sigaction(SIGFPE, &own, NULL);
    ck_assert(!fault_guard_call(raise_it, &signal));
    ck_assert(!handled);
    raise(SIGFPE);
    ck_assert(handled);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGFPE));
}
END_TEST

START_TEST(what_is_executed_is_given_what_was_ignored) {
    int signal = SIGABRT;
    struct sigaction now;
    (void)sigaction(SIGABRT, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    ck_assert(!fault_guard_call(raise_it, &signal));
    fault_guard_lower();
    sigaction(SIGABRT, NULL, &now);
    ck_assert(now.sa_handler == SIG_IGN);
}
END_TEST

START_TEST(there_is_no_leaving_what_was_not_entered) {
    fault_guard_leave();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fault_guard");
    TCase *test = tcase_create("fault_guard");
    tcase_add_test(test, a_call_that_returns_has_returned);
    tcase_add_loop_test(test, a_call_that_crashes_has_not, 0, (int)COUNT(signals));
    tcase_add_test(test, a_call_that_leaves_has_not);
    tcase_add_test(test, a_call_that_aborts_has_not);
    tcase_add_test(test, a_call_whose_stack_runs_out_has_not);
    tcase_add_test(test, outside_of_a_call_signals_do_what_they_did);
    tcase_add_test(test, what_is_executed_is_given_what_was_ignored);
    tcase_add_test_raise_signal(test, there_is_no_leaving_what_was_not_entered, SIGABRT);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
