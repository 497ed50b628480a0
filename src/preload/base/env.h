// SPDX-License-Identifier: MIT
/** The environment, read directly: libc's getenv() may not be ready yet. */
#ifndef MF_PRELOAD_BASE_ENV_H
#define MF_PRELOAD_BASE_ENV_H

/** A variable of the environment; NULL where it is not set. */
const char *mf_env_find(const char *name);

#endif
