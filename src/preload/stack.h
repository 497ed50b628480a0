// SPDX-License-Identifier: MIT
/** The caller's return addresses. Allocates nothing; safe in a signal handler. */
#ifndef MF_PRELOAD_STACK_H
#define MF_PRELOAD_STACK_H

#include <stdint.h>

/**
 * Capture the calling thread's stack.
 *
 * @caller
 *         The return address of the interposed function: the first frame that counts, the
 *         library's own ones in front of it are left out.
 * @frames
 *         Filled innermost first.
 * @return
 *         How many there are, at least 1.
 */
unsigned mf_stack_capture(uintptr_t caller, uintptr_t *frames, unsigned room);

#endif
