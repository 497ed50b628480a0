// SPDX-License-Identifier: MIT
#include "runner/target/library.h"

#include "runner/target/installed.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What the loader cuts LD_PRELOAD at, or expands in it. */
#define SPECIAL " :$\t\n"

/** The absolute path of FOLDER/PART/libmallocfail.so where that is a readable file; NULL
 * where not. */
static char *try_in(const char *folder, const char *part) {
    char path[3 * PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s/libmallocfail.so", folder, part);
    return access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
}

/** Look in all the places but the user's own, in a part of each. */
static char *search(const char *part) {
    char folder[PATH_MAX];
    char installed[PATH_MAX + sizeof("/../lib/mallocfail")];
    char *path = NULL;
    if (installed_own_folder(folder) == 0) {
        snprintf(installed, sizeof(installed), "%s/../lib/mallocfail", folder);
        path = try_in(folder, part);
        path = path ? path : try_in(installed, part);
    }
    return path ? path : try_in(MF_LIBRARY_FOLDER, part);
}

/** Look for one made for a C library; if there is none, for any. */
static char *search_for(enum clibrary clibrary, const struct diag *diag) {
    const char *part = clibrary_name(clibrary);
    char *path = part ? search(part) : NULL;
    path = path ? path : search(".");
    if (!path) {
        diag_error(diag,
                   "cannot find libmallocfail.so, neither beside mallocfail nor in "
                   "%s: install it, or name it in " LIBRARY_VARIABLE,
                   MF_LIBRARY_FOLDER);
    }
    return path;
}

char *library_find(enum clibrary clibrary, const struct diag *diag) {
    const char *named = getenv(LIBRARY_VARIABLE);
    char *path = named && named[0] ? realpath(named, NULL) : search_for(clibrary, diag);
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
