// SPDX-License-Identifier: MIT
/** The user's own file, kept on disk under another name while runs write to a copy of it:
 * whatever ends mallocfail, it is not lost. */
#ifndef MF_RUNNER_RUN_ORIGINAL_H
#define MF_RUNNER_RUN_ORIGINAL_H

struct original {
    /** The file, without links in its path. */
    char *path;
    /** What it is called meanwhile, in the same folder: ".NAME.before-mallocfail". NULL =
     * nothing is kept. */
    char *kept;
};

/**
 * Keep a file: from now on another one with the same bytes has its name.
 *
 * @return
 *         0 on success, also where there is no file and nothing is kept; -1 with errno
 *         and nothing changed: EEXIST where one is kept already, by a mallocfail that was
 *         killed or that still runs.
 */
int original_keep(struct original *original, const char *name);

/** Put it back in its place and forget it; 0 on success, -1 with errno, and then it is
 * still kept on disk. Fine where nothing is kept. */
int original_put_back(struct original *original);

#endif
