// SPDX-License-Identifier: MIT
/** Names of files. */
#ifndef MF_RUNNER_UTIL_PATH_H
#define MF_RUNNER_UTIL_PATH_H

#include <string.h>

/** The part of a path behind its last slash. */
static inline const char *path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

#endif
