// SPDX-License-Identifier: MIT
/** A file that is there as a whole or not at all. */
#ifndef MF_RUNNER_UTIL_OUTFILE_H
#define MF_RUNNER_UTIL_OUTFILE_H

#include <stdio.h>

struct outfile {
    /** What to write to. */
    FILE *stream;
    /** The file's name in the end; NULL where it is written in place. */
    char *path;
    /** Its name until then. */
    char *temporary;
};

/**
 * Begin a file.
 *
 * @path
 *         "-" means stderr. A regular file, or none yet, is replaced at the end;
 *         what else there is (a pipe, /dev/fd/3) is written to as it is.
 * @return
 *         0 on success, -1 with errno on failure.
 */
int outfile_open(struct outfile *file, const char *path);

/** The same for a name that is ours, in a directory that others may have written to:
 * whatever has the name is replaced, a link too, and nothing is written through it. */
int outfile_open_own(struct outfile *file, const char *path);

/** Whether files can be made in a folder and have something written to them, as is tried;
 * 0 if so, -1 with errno. Nothing is left of it. */
int outfile_try_folder(const char *folder);

/** Whether outfile_open() would succeed and something can be written, as far as that can
 * be known without writing to it; 0 if so, -1 with errno. */
int outfile_try(const char *path);

/**
 * End the file.
 *
 * @good
 *         Whether it is to appear; where not, nothing is left.
 * @return
 *         0 when it was written and is there, -1 with errno when not.
 */
int outfile_close(struct outfile *file, int good);

#endif
