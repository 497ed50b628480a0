// SPDX-License-Identifier: MIT
/** The limits of a process, changed for a child of ours. */
#ifndef MF_PRELOAD_BASE_LIMITS_H
#define MF_PRELOAD_BASE_LIMITS_H

#include <stdint.h>

/** Prevent core dumps, also those to a program that collects them. 0 or -errno. */
long mf_limits_dump_nothing(void);

/** Let files become so large, or as large as may be, if that is less. 0 or -errno. */
long mf_limits_files(uint64_t size);

#endif
