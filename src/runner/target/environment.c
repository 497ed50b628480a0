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

/** What is put before the user's value of a variable, and what lies between the two. */
static const struct addition {
    const char *name, *value;
    char between;
} additions[] = {
    [ENVIRONMENT_ASAN] = {"ASAN_OPTIONS", "verify_asan_link_order=0", ':'},
    [ENVIRONMENT_VALGRIND] = {"VALGRIND_OPTS",
                              "--soname-synonyms=somalloc=nouserintercepts", ' '},
};

/** Whether an entry NAME=VALUE is of a variable. */
static bool is_named(const char *entry, const char *name) {
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_replaced(const char *entry, enum environment_kind kind) {
    for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
        if (is_named(entry, replaced[i])) {
            return true;
        }
    }
    return additions[kind].name && is_named(entry, additions[kind].name);
}

/** NAME=VALUE with the user's value behind it; NULL when memory ran out. */
static char *before_users(const struct addition *addition) {
    const char *users = getenv(addition->name);
    const char between[] = {users && users[0] ? addition->between : '\0', '\0'};
    char *entry;
    return asprintf(&entry, "%s=%s%s%s", addition->name, addition->value, between,
                    between[0] ? users : "") < 0
               ? NULL
               : entry;
}

static char *channel_entry(int channel) {
    size_t size = sizeof(MF_CHANNEL_VARIABLE "=") + 2 * 11;
    char *entry = malloc(size);
    if (entry) {
        snprintf(entry, size, "%s=%010d/%010d", MF_CHANNEL_VARIABLE, (int)getpid(),
                 channel);
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

int environment_init(struct environment *environment, const char *library, int channel,
                     enum environment_kind kind) {
    const struct addition preload = {"LD_PRELOAD", library, ':'};
    size_t room = count(environ) + ENVIRONMENT_OURS + 1;
    *environment = (struct environment){.list = calloc(room, sizeof(char *))};
    environment->ours[0] = channel_entry(channel);
    environment->ours[1] = before_users(&preload);
    environment->ours[2] = additions[kind].name ? before_users(&additions[kind]) : NULL;
    if (!environment->list || !environment->ours[0] || !environment->ours[1] ||
        (additions[kind].name && !environment->ours[2])) {
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
