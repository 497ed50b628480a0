// SPDX-License-Identifier: MIT
#include "runner/environment.h"

#include "core/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The variables that never reach the target as the user has them. */
static const char *const replaced[] = {MF_CHANNEL_VARIABLE, MF_POLICY_VARIABLE,
                                       "LD_PRELOAD"};

#define ASAN_VARIABLE "ASAN_OPTIONS"

/** Whether an entry NAME=VALUE is of a variable. */
static bool is_named(const char *entry, const char *name) {
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_replaced(const char *entry, bool asan) {
    for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
        if (is_named(entry, replaced[i])) {
            return true;
        }
    }
    return asan && is_named(entry, ASAN_VARIABLE);
}

/** NAME=VALUE, with the user's value of the variable behind a colon. */
static char *before_users(const char *name, const char *value) {
    const char *users = getenv(name);
    bool has = users && users[0];
    size_t size = strlen(name) + strlen(value) + (has ? strlen(users) : 0) + 3;
    char *entry = malloc(size);
    if (entry) {
        snprintf(entry, size, "%s=%s%s%s", name, value, has ? ":" : "", has ? users : "");
    }
    return entry;
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
                     bool asan) {
    size_t room = count(environ) + ENVIRONMENT_OURS + 1;
    *environment = (struct environment){.list = calloc(room, sizeof(char *))};
    environment->ours[0] = channel_entry(channel);
    environment->ours[1] = before_users("LD_PRELOAD", library);
    environment->ours[2] =
        asan ? before_users(ASAN_VARIABLE, "verify_asan_link_order=0") : NULL;
    if (!environment->list || !environment->ours[0] || !environment->ours[1] ||
        (asan && !environment->ours[2])) {
        environment_destroy(environment);
        return -1;
    }
    size_t used = 0;
    for (size_t i = 0; environ && environ[i]; i++) {
        if (!is_replaced(environ[i], asan)) {
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
