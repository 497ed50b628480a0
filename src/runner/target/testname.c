// SPDX-License-Identifier: MIT
#include "runner/target/testname.h"

#include "runner/target/procfile.h"
#include "runner/target/testlist.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The variables in which harnesses say which test runs: pytest, bats, and whoever wants to. */
static const char *const tests[] = {
    "PYTEST_CURRENT_TEST=", "BATS_TEST_NAME=", "TEST_NAME="};
/** The argument with which automake's drivers are told, and how far up they are looked for. */
static const char driver_option[] = "--test-name";
#define ANCESTORS_MAX 12

/** Leave out what pytest says behind the name: " (call)". */
static void cut_phase(char *name) {
    char *phase = name ? strrchr(name, ' ') : NULL;
    if (phase && phase[1] == '(' && phase[strlen(phase) - 1] == ')') {
        *phase = '\0';
    }
}

/** The test's name, as the environment has it. To be freed; NULL = none. */
static char *find_in_environment(const char *environment, size_t size) {
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        size_t length = strlen(tests[i]);
        for (size_t at = 0; at < size; at += strlen(environment + at) + 1) {
            if (strncmp(environment + at, tests[i], length) == 0) {
                char *name = strdup(environment + at + length);
                if (i == 0) {
                    cut_phase(name);
                }
                return name;
            }
        }
    }
    return NULL;
}

/** The name that stands behind a test driver's option; to be freed, NULL = none. */
static char *find_option(const char *words, size_t size) {
    size_t at = 0;
    while (at < size && strcmp(words + at, driver_option) != 0) {
        at += strlen(words + at) + 1;
    }
    return at < size ? strdup(words + at + sizeof(driver_option)) : NULL;
}

/** The test's name, as a process says that it comes from: the same. What is above mallocfail
 * is of another run, unless it is asked for itself. */
char *testname_above(pid_t pid) {
    size_t size = 0;
    char *words = procfile_strings(pid, "cmdline", &size);
    char *name = words ? find_option(words, size) : NULL;
    for (int i = 0; i < ANCESTORS_MAX && words && !name; i++) {
        pid_t parent = procfile_parent(pid);
        if (parent <= 1 || parent == getpid()) {
            break;
        }
        name = testlist_find(parent, words, size);
        free(words);
        words = procfile_strings(parent, "cmdline", &size);
        name = words && !name ? find_option(words, size) : name;
        pid = parent;
    }
    free(words);
    return name;
}

char *testname_of(pid_t pid, const char *environment, size_t size) {
    char *name = environment ? find_in_environment(environment, size) : NULL;
    if (name && !*name) {
        free(name);
        return NULL;
    }
    return name ? name : testname_above(pid);
}

char *testname_own(void) {
    size_t size;
    char *environment = procfile_strings(getpid(), "environ", &size);
    char *name = testname_of(getpid(), environment, size);
    free(environment);
    return name;
}
