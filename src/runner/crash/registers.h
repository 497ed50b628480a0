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

/** Put the thread elsewhere, as far as these registers go. */
void registers_place(struct registers *registers, uint64_t pc, uint64_t sp);

/** A system call that a seccomp filter has trapped (SECCOMP_RET_TRAP), seen at the stop for
 * its SIGSYS. */
struct registers_call {
    uint64_t number, arguments[6];
    /** The address behind the instruction that makes it. */
    uint64_t from;
    /** Where that returns to, in a function that does nothing but make the call. */
    uint64_t back;
};

/** Read it; 0 on success, -1 with errno on failure. */
int registers_read_call(struct registers_call *call, pid_t tid);

/**
 * Have it return, as if it had been made.
 *
 * @result
 *         What it returns, or -errno.
 * @return
 *         0 on success, -1 with errno on failure.
 */
int registers_answer(pid_t tid, long result);

/** Have it be made once more when the thread goes on, with these arguments; 0 on success,
 * -1 with errno on failure. */
int registers_redo(pid_t tid, const struct registers_call *call);

/** Put its last argument back once it has been made; 0 on success, -1 with errno on
 * failure. */
int registers_restore(pid_t tid, const struct registers_call *call);

/** The instruction that has a thread stop with SIGTRAP. */
struct registers_trap {
    unsigned char code[4];
    /** Its length, 0 where none is known, and how far behind it the thread stops. */
    unsigned length, behind;
};

extern const struct registers_trap registers_trap;

/** Have a thread go on from another address; 0 on success, -1 with errno on failure. */
int registers_set_pc(pid_t tid, uint64_t pc);

#endif
