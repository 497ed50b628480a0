// SPDX-License-Identifier: MIT
/**
 * A debug file unpacked ahead of time, by a process of its own.
 *
 * The C library is in nearly every stack, and its debug file is mostly packed: unpacking
 * it takes longer than everything else that naming places does. While programs are
 * awaited, a processor has the time.
 */
#ifndef MF_RUNNER_CODE_UNPACK_H
#define MF_RUNNER_CODE_UNPACK_H

#include <stddef.h>

struct unpack;

/**
 * Start the process. It runs when no other one wants to, and lives no longer than the
 * runner.
 *
 * @return
 *         NULL where there is no debug file of the C library that the runner uses, which
 *         is the target's as a rule, or where that failed: nothing is lost.
 */
struct unpack *unpack_new(void);

/**
 * Open the unpacked file, if it is ready or about to be.
 *
 * @unpack
 *         NULL is fine.
 * @id
 *         The build id that it must have.
 * @path
 *         Set to the path of the packed one, as long as `unpack` lives.
 * @return
 *         A descriptor, for the caller to close; -1 where there is nothing to be had.
 */
int unpack_open(struct unpack *unpack, const unsigned char *id, size_t length,
                const char **path);

/** End the process and release everything; NULL is fine. */
void unpack_free(struct unpack *unpack);

#endif
