// SPDX-License-Identifier: MIT
#include "runner/harness/testname.h"

#include "core/channel/suite.h"
#include "runner/target/procfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const tests[] = {MF_SUITE_TEST_VARIABLES};
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

char *testname_in(const char *environment, size_t size) {
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
    at += sizeof(driver_option);
    return at < size ? strdup(words + at) : NULL;
}

/** The name that a harness has for a process that it has started; to be freed, NULL = none. */
static char *ask(struct harnesses *harnesses, pid_t pid, const char *own, size_t own_size,
                 const struct harness_command *command) {
    struct testlist_match match;
    return harness_ask(harnesses, pid, own, own_size, command, &match) && match.name
               ? strdup(match.name)
               : NULL;
}

/** What is known of a process as it was; NULL = nothing. */
static const struct testname_process *find(const struct testname_process *chain,
                                           size_t count, pid_t pid) {
    for (size_t i = 0; i < count; i++) {
        if (chain[i].pid == pid && chain[i].words) {
            return &chain[i];
        }
    }
    return NULL;
}

/** The command line of a process, as it was or is; to be freed, NULL = it is gone. */
static char *words_of(const struct testname_process *known, pid_t pid, size_t *size) {
    if (!known) {
        return procfile_strings(pid, "cmdline", size);
    }
    char *copy = malloc(known->size + 1);
    if (copy) {
        memcpy(copy, known->words, known->size);
        copy[known->size] = '\0';
        *size = known->size;
    }
    return copy;
}

/** The test's name, as the processes say it above the first one of a chain. What is above
 * mallocfail is of another run, unless it is asked for itself. */
static char *climb(struct harnesses *harnesses, const struct testname_process *chain,
                   size_t count, const char *directory) {
    struct harness_command command = {chain[0].words, chain[0].size, directory};
    pid_t parent = chain[0].parent;
    char *below = NULL;
    char *name = find_option(command.words, command.size);
    for (int i = 0; i < ANCESTORS_MAX && !name; i++) {
        const struct testname_process *known = find(chain, count, parent);
        size_t own_size;
        char *own =
            parent > 1 && parent != getpid() ? words_of(known, parent, &own_size) : NULL;
        if (!own) {
            break;
        }
        name = ask(harnesses, parent, own, own_size, &command);
        name = name ? name : find_option(own, own_size);
        free(below);
        command.words = below = own;
        command.size = own_size;
        parent = known ? known->parent : procfile_parent(parent);
    }
    free(below);
    return name;
}

/** The name of the test that one of them is, the outermost first: a command in a script may be
 * that of another test. */
static const char *recall(const struct harnesses *harnesses,
                          const struct testname_process *chain, size_t count,
                          const char *directory) {
    const char *name = NULL;
    while (!name && count-- > 0) {
        const struct harness_command command = {chain[count].words, chain[count].size,
                                                directory};
        name = command.words ? harness_recall(harnesses, &command) : NULL;
    }
    return name;
}

char *testname_above(struct harnesses *harnesses, const struct testname_process *chain,
                     size_t count, const char *directory) {
    char *name = climb(harnesses, chain, count, directory);
    const char *known = name ? NULL : recall(harnesses, chain, count, directory);
    return known ? strdup(known) : name;
}

char *testname_of(struct harnesses *harnesses, pid_t pid, const char *environment,
                  size_t size) {
    char *name = environment ? testname_in(environment, size) : NULL;
    if (name && !*name) {
        free(name);
        return NULL;
    }
    struct testname_process own = {pid, procfile_parent(pid), NULL, 0};
    char *words = name ? NULL : procfile_strings(pid, "cmdline", &own.size);
    own.words = words;
    name = words ? climb(harnesses, &own, 1, NULL) : name;
    free(words);
    return name;
}

char *testname_own(void) {
    struct harnesses harnesses = {0};
    size_t size;
    char *environment = procfile_strings(getpid(), "environ", &size);
    char *name = testname_of(&harnesses, getpid(), environment, size);
    free(environment);
    harness_destroy(&harnesses);
    return name;
}
