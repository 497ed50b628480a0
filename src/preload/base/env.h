// SPDX-License-Identifier: MIT
/** The environment, read directly: libc's getenv() may not be ready yet. */
#ifndef MF_PRELOAD_BASE_ENV_H
#define MF_PRELOAD_BASE_ENV_H

/** All of it, as at the start of the process until libc has it (in .preinit_array it has not);
 * NULL where it is not known, or a sanitizer is still starting. */
char **mf_env_all(void);

/** A variable of the environment; NULL where it is not set. */
const char *mf_env_find(const char *name);

#endif
