// SPDX-License-Identifier: MIT
/** Which C library a file is for: a library of one cannot be loaded beside another. */
#ifndef MF_RUNNER_TARGET_CLIBRARY_H
#define MF_RUNNER_TARGET_CLIBRARY_H

#include "runner/code/elffile.h"

enum clibrary {
    /** Cannot be told. */
    CLIBRARY_OTHER,
    CLIBRARY_GLIBC,
    CLIBRARY_MUSL,
};

/** By the loader that it asks for, or by the C library that it needs. */
enum clibrary clibrary_of(const struct elffile *file);

/** The same of the file at a path; CLIBRARY_OTHER where it is not readable or no ELF
 * file. */
enum clibrary clibrary_at(const char *path);

/** Its name, which is that of a folder, too; NULL for CLIBRARY_OTHER. */
const char *clibrary_name(enum clibrary clibrary);

#endif
