// SPDX-License-Identifier: MIT
#include "runner/target/environment.h"

#include "core/channel/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The variables that never reach the target as the user has them. */
static const char *const replaced[] = {MF_CHANNEL_VARIABLE, MF_POLICY_VARIABLE,
                                       "LD_PRELOAD"};

#define PLAIN      (1u << ENVIRONMENT_PLAIN)
#define LEAK_CHECK (1u << ENVIRONMENT_LEAK_CHECK)
#define VALGRIND   (1u << ENVIRONMENT_VALGRIND)
#define SUITE      (1u << ENVIRONMENT_SUITE)

#define ASAN MF_ASAN_OPTION ":abort_on_error=1:allocator_may_return_null=1"

/** What is put before the user's value of a variable, and what lies between the two. */
struct addition {
    const char *name, *value;
    char between;
    /** A set of 1 << enum environment_kind. */
    unsigned kinds;
};

/**
 * A sanitizer's report is to end the program by a signal, which is seen with its stack; a
 * failed allocation is to come back as NULL. Not all sanitizers are seen from outside (those
 * of a program behind a wrapper are not), and so all programs get these.
 *
 * Not so in suites, whose processes are to end as they do alone: there the library tells the
 * sanitizers of its children, and all that is set is what lets a program start with it.
 */
static const struct addition additions[] = {
    {"ASAN_OPTIONS", ASAN ":detect_leaks=0", ':', PLAIN},
    {"ASAN_OPTIONS", ASAN, ':', LEAK_CHECK},
    {"ASAN_OPTIONS", MF_ASAN_OPTION, ':', SUITE},
    {"LSAN_OPTIONS", "detect_leaks=0", ':', PLAIN},
    {"UBSAN_OPTIONS", "halt_on_error=1:abort_on_error=1", ':', PLAIN | LEAK_CHECK},
    {"TSAN_OPTIONS", "halt_on_error=1:abort_on_error=1:allocator_may_return_null=1", ':',
     PLAIN | LEAK_CHECK},
    {"MSAN_OPTIONS", "abort_on_error=1:allocator_may_return_null=1", ':',
     PLAIN | LEAK_CHECK},
    {"VALGRIND_OPTS", "--soname-synonyms=somalloc=nouserintercepts", ' ', VALGRIND},
};

#define ADDITIONS (sizeof(additions) / sizeof(additions[0]))
_Static_assert(2 + ADDITIONS <= ENVIRONMENT_OURS, "there is room for all");

/** Whether an entry NAME=VALUE is of a variable. */
static bool is_named(const char *entry, const char *name) {
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_added(const struct addition *addition, enum environment_kind kind) {
    return addition->kinds & (1u << kind);
}

static bool is_replaced(const char *entry, enum environment_kind kind) {
    for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
        if (is_named(entry, replaced[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < ADDITIONS; i++) {
        if (is_added(&additions[i], kind) && is_named(entry, additions[i].name)) {
            return true;
        }
    }
    return false;
}

/** NAME=VALUE with the user's value behind it; NULL when memory ran out. A report in a file of
 * the user's would not be seen; in a suite it is where it belongs. */
static char *before_users(const struct addition *addition) {
    const char *users = getenv(addition->name);
    bool to_file = addition->kinds & ~SUITE && users && strstr(users, "log_path=");
    const char between[] = {users && users[0] ? addition->between : '\0', '\0'};
    char *entry;
    return asprintf(&entry, "%s=%s%s%s%s", addition->name, addition->value, between,
                    between[0] ? users : "", to_file ? ":log_path=stderr" : "") < 0
               ? NULL
               : entry;
}

bool environment_asks_for_leaks(void) {
    static const char *const names[] = {"ASAN_OPTIONS", "LSAN_OPTIONS"};
    static const char key[] = "detect_leaks=";
    bool asked = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *at = getenv(names[i]);
        at = at ? strstr(at, key) : NULL;
        while (at) {
            at += strlen(key);
            asked = *at == '1' || *at == 't' || *at == 'y';
            at = strstr(at, key);
        }
    }
    return asked;
}

static char *channel_entry(int channel, enum environment_kind kind) {
    // How memory.h reads it.
    const char *kinds = kind == ENVIRONMENT_SUITE ? "+-" : "/:";
    size_t size = sizeof(MF_CHANNEL_VARIABLE "=") + 2 * 11;
    char *entry = malloc(size);
    if (entry) {
        snprintf(entry, size, "%s=%010d%c%010d", MF_CHANNEL_VARIABLE, (int)getpid(),
                 kinds[channel < 0], channel < 0 ? -2 - channel : channel);
    }
    return entry;
}

static size_t count(char *const *list) {
    size_t entries = 0;
    while (list && list[entries]) {
        entries++;
    }
    return entries;
}

/** Make the variables that are ours; 0 on success, -1 when memory ran out. */
static int make_ours(struct environment *environment, const char *library, int channel,
                     enum environment_kind kind) {
    const struct addition preload = {"LD_PRELOAD", library, ':', 0};
    size_t used = 2;
    environment->ours[0] = channel_entry(channel, kind);
    environment->ours[1] = before_users(&preload);
    bool complete = environment->ours[0] && environment->ours[1];
    for (size_t i = 0; i < ADDITIONS && complete; i++) {
        if (is_added(&additions[i], kind)) {
            environment->ours[used] = before_users(&additions[i]);
            complete = environment->ours[used++];
        }
    }
    return complete ? 0 : -1;
}

int environment_init(struct environment *environment, const char *library, int channel,
                     enum environment_kind kind) {
    size_t room = count(environ) + ENVIRONMENT_OURS + 1;
    *environment = (struct environment){.list = calloc(room, sizeof(char *))};
    if (!environment->list || make_ours(environment, library, channel, kind) != 0) {
        environment_destroy(environment);
        return -1;
    }
    size_t used = 0;
    for (size_t i = 0; environ && environ[i]; i++) {
        if (!is_replaced(environ[i], kind)) {
            environment->list[used++] = environ[i];
        }
    }
    for (size_t i = 0; i < ENVIRONMENT_OURS && environment->ours[i]; i++) {
        environment->list[used++] = environment->ours[i];
    }
    return 0;
}

void environment_destroy(struct environment *environment) {
    for (size_t i = 0; i < ENVIRONMENT_OURS; i++) {
        free(environment->ours[i]);
    }
    free(environment->list);
    *environment = (struct environment){0};
}
