// SPDX-License-Identifier: MIT
/** The registers of a stopped thread, by their DWARF numbers: one file a machine. */
#ifndef MF_RUNNER_CRASH_REGISTERS_H
#define MF_RUNNER_CRASH_REGISTERS_H

#include "runner/crash/memory.h"

#include <sys/types.h>

#define REGISTERS_MAX 32

struct registers {
    uint64_t pc, sp;
    /** By DWARF number, from 0 on. */
    uint64_t values[REGISTERS_MAX];
    unsigned count;
};

/** Read them; 0 on success, -1 with errno on failure. */
int registers_read(struct registers *registers, pid_t tid);

/**
 * Make them what they will be after the return from a function that has only been called,
 * with nothing done yet.
 *
 * @return
 *         Whether the return address could be read.
 */
bool registers_return(struct registers *registers, struct memory *memory);

/**
 * Answer the system call that a thread is stopped in front of: it is not made.
 *
 * @result
 *         What it returns, or -errno.
 * @return
 *         0 on success, -1 with errno on failure.
 */
int registers_answer(pid_t tid, long result);

/** Change an argument (0 to 5) of the system call that a thread is stopped in front of; 0
 * on success, -1 with errno on failure. */
int registers_set_argument(pid_t tid, unsigned at, uint64_t value);

#endif
