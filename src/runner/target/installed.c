// SPDX-License-Identifier: MIT
#include "runner/target/installed.h"

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

char *installed_find(const char *kind, const char *name, const char *suffix) {
    char own[PATH_MAX], moved[PATH_MAX + sizeof("/../share/mallocfail")];
    char *path = NULL;
    if (!*name || strchr(name, '/')) {
        return NULL;
    }
    if (installed_own_folder(own) == 0) {
        snprintf(moved, sizeof(moved), "%s/../share/mallocfail", own);
        path = try_in(moved, kind, name, suffix);
    }
    return path ? path : try_in(MF_DATA_FOLDER, kind, name, suffix);
}
