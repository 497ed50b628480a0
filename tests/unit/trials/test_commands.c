// SPDX-License-Identifier: MIT
#include "runner/trials/commands.h"

#include "unit/unit.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Start a process that waits to be killed. */
static pid_t start(void) {
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

START_TEST(a_process_that_runs_is_a_command) {
    struct commands commands = {0};
    pid_t pid = start();
    ck_assert_uint_eq(commands_learn(&commands, pid, NULL), 1);
    ck_assert_uint_eq(commands_learn(&commands, pid, NULL), 1);
    ck_assert_uint_eq(commands.count, 1);
    ck_assert_ptr_nonnull(strstr(commands.list[0].argv[0], "test_commands"));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    commands_destroy(&commands);
}
END_TEST

START_TEST(one_that_has_ended_is_none) {
    struct commands commands = {0};
    siginfo_t end;
    pid_t pid = start();
    kill(pid, SIGKILL);
    // Its entry in /proc is still there, with no arguments.
    waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT);
    ck_assert_uint_eq(commands_learn(&commands, pid, NULL), 0);
    ck_assert_uint_eq(commands.count, 0);
    waitpid(pid, NULL, 0);
    commands_destroy(&commands);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("commands");
    TCase *tests = tcase_create("commands");
    tcase_add_test(tests, a_process_that_runs_is_a_command);
    tcase_add_test(tests, one_that_has_ended_is_none);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
