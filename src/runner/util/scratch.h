// SPDX-License-Identifier: MIT
/** Directories that are gone after use, with all that a target left in them. */
#ifndef MF_RUNNER_UTIL_SCRATCH_H
#define MF_RUNNER_UTIL_SCRATCH_H

/** Make an empty one, below TMPDIR; its path, or NULL with errno. */
char *scratch_new(void);

/** Remove it and all that is in it, and free the path; NULL is fine. */
void scratch_free(char *path);

#endif
