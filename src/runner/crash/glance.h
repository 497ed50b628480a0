// SPDX-License-Identifier: MIT
/**
 * A glance at a thread that is about to get a fatal signal: whether it broke where another
 * one broke before. It takes some 10 us where reading its whole stack takes 300.
 *
 * What looks like a return address near the stack pointer is hashed, with the signal and
 * the instruction. Two threads that hash alike, of whichever processes, have the
 * same innermost callers; two that do not may all the same, for what old calls have left on
 * the stack is hashed, too.
 */
#ifndef MF_RUNNER_CRASH_GLANCE_H
#define MF_RUNNER_CRASH_GLANCE_H

#include "runner/crash/maps.h"

#include <sys/types.h>

/**
 * Hash where a thread stands, which is stopped under ptrace.
 *
 * @maps
 *         What is mapped in it; read here where it is all zeroes or not the thread's any
 *         more. To be destroyed by the caller.
 * @return
 *         Never 0 but where the thread cannot be read.
 */
uint64_t glance(pid_t tid, int signal, struct maps *maps);

#endif
