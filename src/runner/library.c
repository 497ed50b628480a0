// SPDX-License-Identifier: MIT
#include "runner/library.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What the loader cuts LD_PRELOAD at, or expands in it. */
#define SPECIAL " :$\t\n"

/** The folder the runner's own file is in; -1 where it cannot be told. */
static int own_folder(char folder[PATH_MAX]) {
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

/** The absolute path of FOLDER/NAME where that is a readable file; NULL where not. */
static char *try_beside(const char *folder, const char *name) {
    char path[2 * PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
}

/** Look in all the places but the user's own. */
static char *search(const struct diag *diag) {
    char folder[PATH_MAX];
    char *path = NULL;
    if (own_folder(folder) == 0) {
        path = try_beside(folder, "libmallocfail.so");
        if (!path) {
            path = try_beside(folder, "../lib/mallocfail/libmallocfail.so");
        }
    }
    if (!path) {
        path = realpath(MF_LIBRARY, NULL);
    }
    if (!path) {
        diag_error(diag,
                   "cannot find libmallocfail.so, neither beside mallocfail nor as "
                   "%s: install it, or name it in " LIBRARY_VARIABLE,
                   MF_LIBRARY);
    }
    return path;
}

char *library_find(const struct diag *diag) {
    const char *named = getenv(LIBRARY_VARIABLE);
    char *path = named && named[0] ? realpath(named, NULL) : search(diag);
    if (!path) {
        if (named && named[0]) {
            diag_error(diag, "cannot use '%s' (" LIBRARY_VARIABLE "): %s", named,
                       strerror(errno));
        }
        return NULL;
    }
    if (strpbrk(path, SPECIAL)) {
        diag_error(diag,
                   "cannot preload '%s': the loader splits LD_PRELOAD at spaces and "
                   "colons, and expands '$': move the library to a path without them",
                   path);
        free(path);
        return NULL;
    }
    diag_debug(diag, "library: %s", path);
    return path;
}
