// SPDX-License-Identifier: MIT
#include "runner/target/leftopen.h"

#include "runner/util/printable.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What begins with a word and goes on with a number of the kernel's. */
static const struct {
    const char *begins, *name;
} kinds[] = {
    {"socket:", "a socket"},
    {"pipe:", "a pipe"},
};

/** Name what a link of /proc/PID/fd leads to, equally in every run. */
static void name_open(char name[LEAKS_OPEN_TEXT], const char *link, pid_t pid,
                      const char *directory) {
    char own[32];
    size_t length = directory ? strlen(directory) : 0;
    int digits = snprintf(own, sizeof(own), "/proc/%d/", (int)pid);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(link, kinds[i].begins, strlen(kinds[i].begins)) == 0) {
            link = kinds[i].name;
        }
    }
    if (strncmp(link, own, (size_t)digits) == 0) {
        snprintf(name, LEAKS_OPEN_TEXT, "/proc/self/%.240s", link + digits);
    } else if (length > 0 && strncmp(link, directory, length) == 0 &&
               link[length] == '/') {
        snprintf(name, LEAKS_OPEN_TEXT, ".%.254s", link + length);
    } else {
        snprintf(name, LEAKS_OPEN_TEXT, "%.255s", link);
    }
    printable_fix(name);
}

int leftopen_add(struct leaks *leaks, const char *name) {
    void *grown =
        reallocarray(leaks->open, leaks->open_count + 1, sizeof(leaks->open[0]));
    if (!grown) {
        return -1;
    }
    leaks->open = grown;
    memcpy(leaks->open[leaks->open_count++], name, LEAKS_OPEN_TEXT);
    return 0;
}

void leftopen_look(struct leaks *leaks, pid_t pid, int first, const char *directory) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *stream = opendir(path);
    const struct dirent *entry;
    leaks->open_count = 0;
    leaks->open_known = stream;
    while (stream && leaks->open_known && (entry = readdir(stream))) {
        char link[PATH_MAX + 1], name[LEAKS_OPEN_TEXT];
        bool counts = strtol(entry->d_name, NULL, 10) >= first;
        ssize_t length =
            counts ? readlinkat(dirfd(stream), entry->d_name, link, PATH_MAX) : 0;
        if (length > 0) {
            link[length] = '\0';
            name_open(name, link, pid, directory);
            leaks->open_known = leftopen_add(leaks, name) == 0;
        }
    }
    if (stream) {
        closedir(stream);
    }
}

/** Take a name off a list that has it, once; whether it has. */
static bool take_off(const struct leaks *clean, bool *taken, const char *name) {
    for (size_t i = 0; i < clean->open_count; i++) {
        if (!taken[i] && strcmp(clean->open[i], name) == 0) {
            return taken[i] = true;
        }
    }
    return false;
}

/** Leave only names that another list does not have, as often. */
static void subtract(struct leaks *leaks, const struct leaks *clean) {
    size_t left = 0;
    bool *taken = calloc(clean->open_count + 1, sizeof(taken[0]));
    for (size_t i = 0; taken && i < leaks->open_count; i++) {
        if (!take_off(clean, taken, leaks->open[i])) {
            memmove(leaks->open[left++], leaks->open[i], LEAKS_OPEN_TEXT);
        }
    }
    free(taken);
    leaks->open_count = left;
}

void leftopen_forgive(struct leaks *leaks, const struct leaks *clean) {
    bool known = leaks->open_known && clean->open_known;
    size_t more = known && leaks->open_count > clean->open_count
                      ? leaks->open_count - clean->open_count
                      : 0;
    leaks->open_count = known ? leaks->open_count : 0;
    subtract(leaks, clean);
    leaks->replaced |= leaks->open_count > more;
    leaks->open_count = leaks->open_count < more ? leaks->open_count : more;
}
