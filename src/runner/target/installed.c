// SPDX-License-Identifier: MIT
#include "runner/target/installed.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int installed_own_folder(char folder[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (length < 0) {
        return -1;
    }
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (!slash) {
        return -1;
    }
    *slash = '\0';
    return 0;
}

/** The path of FOLDER/KIND/NAME, with the suffix where it lacks it, if it can be read. */
static char *try_in(const char *folder, const char *kind, const char *name,
                    const char *suffix) {
    size_t length = strlen(name), tail = strlen(suffix);
    bool whole = length > tail && strcmp(name + length - tail, suffix) == 0;
    char *path = NULL;
    if (asprintf(&path, "%s/%s/%s%s", folder, kind, name, whole ? "" : suffix) < 0) {
        return NULL;
    }
    if (access(path, R_OK) != 0) {
        free(path);
        return NULL;
    }
    return path;
}

/** The folder ../share/mallocfail from the runner; 0, or -1 where it cannot be told. */
static int find_moved(char moved[PATH_MAX + sizeof("/../share/mallocfail")]) {
    char own[PATH_MAX];
    if (installed_own_folder(own) != 0) {
        return -1;
    }
    snprintf(moved, sizeof(own) + sizeof("/../share/mallocfail"),
             "%s/../share/mallocfail", own);
    return 0;
}

char *installed_find(const char *kind, const char *name, const char *suffix) {
    char moved[PATH_MAX + sizeof("/../share/mallocfail")];
    char *path = NULL;
    if (!*name || strchr(name, '/')) {
        return NULL;
    }
    if (find_moved(moved) == 0) {
        path = try_in(moved, kind, name, suffix);
    }
    return path ? path : try_in(MF_DATA_FOLDER, kind, name, suffix);
}

/** Scan the folder FOLDER/KIND; -1 with errno. */
static int scan(const char *folder, const char *kind, struct dirent ***entries) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", folder, kind);
    return scandir(path, entries, NULL, alphasort);
}

/** Keep the names that end so, without that end; NULL when memory ran out. */
static char **keep(struct dirent **entries, int count, const char *suffix) {
    char **names = calloc((size_t)count + 1, sizeof(names[0]));
    size_t tail = strlen(suffix), used = 0;
    for (int i = 0; names && i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        if (length <= tail || strcmp(name + length - tail, suffix) != 0) {
            continue;
        }
        names[used] = strndup(name, length - tail);
        if (!names[used++]) {
            installed_release(names);
            names = NULL;
        }
    }
    return names;
}

char **installed_list(const char *kind, const char *suffix) {
    char moved[PATH_MAX + sizeof("/../share/mallocfail")];
    struct dirent **entries;
    int count = find_moved(moved) == 0 ? scan(moved, kind, &entries) : -1;
    count = count < 0 ? scan(MF_DATA_FOLDER, kind, &entries) : count;
    if (count < 0) {
        return NULL;
    }
    char **names = keep(entries, count, suffix);
    while (count > 0) {
        free(entries[--count]);
    }
    free(entries);
    errno = names ? errno : ENOMEM;
    return names;
}

void installed_release(char **names) {
    for (size_t i = 0; names && names[i]; i++) {
        free(names[i]);
    }
    free(names);
}
