// SPDX-License-Identifier: MIT
/** The limits of a process, and how they are changed for a child of ours. */
#ifndef MF_PRELOAD_BASE_LIMITS_H
#define MF_PRELOAD_BASE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/** A limit of the process; none, UINT64_MAX, where the kernel does not tell. */
uint64_t mf_limits_of(int which);

/** Whether the limits of address space and of data are at least so high, in bytes. */
bool mf_limits_allow(uint64_t size);

/** Prevent core dumps, also those to a program that collects them. 0 or -errno. */
long mf_limits_dump_nothing(void);

/** Let files become so large, or as large as may be, if that is less. 0 or -errno. */
long mf_limits_files(uint64_t size);

#endif
