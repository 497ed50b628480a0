// SPDX-License-Identifier: MIT
// A child on its way to exec, which is traced.
#include "runner/target/tracee.h"
#include "unit/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tracer tracer;
static pid_t child;

/** Begin with a child that is traced and waits for a byte to execute true(1). */
static void begin(int *go) {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        char byte;
        if (read(ends[0], &byte, 1) == 1) {
            execl("/bin/true", "true", (char *)NULL);
        }
        _exit(127);
    }
    *go = ends[1];
    ck_assert_int_eq(tracee_seize(&tracer, child, NULL), 0);
}

/** Wait until it has stopped, and take no notice. */
static void await_stop(void) {
    siginfo_t info = {0};
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT | __WALL), 0);
}

/** It goes on to its end; libcheck ends the test where it does not. */
static void ends_well(void) {
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, __WALL), child);
    ck_assert_int_eq(status, 0);
    tracee_destroy(&tracer);
}

START_TEST(one_that_stands_at_its_exec_goes_on) {
    int go;
    begin(&go);
    ck_assert_int_eq(write(go, "", 1), 1);
    await_stop();
    tracee_urge(child);
    ends_well();
}
END_TEST

START_TEST(one_that_was_stopped_goes_on) {
    int go;
    begin(&go);
    kill(child, SIGTSTP);
    await_stop();
    tracee_urge(child);
    ck_assert_int_eq(write(go, "", 1), 1);
    await_stop();
    tracee_urge(child);
    ends_well();
}
END_TEST

START_TEST(one_that_is_not_stopped_is_left_alone) {
    int go, status;
    begin(&go);
    tracee_urge(child);
    close(go);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, __WALL), child);
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
    tracee_destroy(&tracer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tracee");
    TCase *test = tcase_create("on its way to exec");
    tcase_add_test(test, one_that_stands_at_its_exec_goes_on);
    tcase_add_test(test, one_that_was_stopped_goes_on);
    tcase_add_test(test, one_that_is_not_stopped_is_left_alone);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
