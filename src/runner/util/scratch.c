// SPDX-License-Identifier: MIT
#include "runner/util/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** Descriptors that nftw() may hold open. */
#define FDS_MAX 16

char *scratch_new(void) {
    const char *parent = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/mallocfail.XXXXXX", parent && parent[0] ? parent : "/tmp") <
        0) {
        return NULL;
    }
    if (!mkdtemp(path)) {
        int saved = errno;
        free(path);
        errno = saved;
        return NULL;
    }
    return path;
}

/** nftw()'s: let oneself into a directory. */
static int open_up(const char *path, const struct stat *status, int kind,
                   struct FTW *where) {
    (void)status;
    (void)where;
    return kind == FTW_DNR ? chmod(path, 0700) : 0;
}

/** nftw()'s: remove what is found. */
static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

void scratch_free(char *path) {
    if (path) {
        nftw(path, open_up, FDS_MAX, FTW_PHYS);
        nftw(path, remove_one, FDS_MAX, FTW_PHYS | FTW_DEPTH);
    }
    free(path);
}
