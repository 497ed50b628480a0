// SPDX-License-Identifier: MIT
/** The part of breakpoints that depends on the machine: the code that is written into a process,
 * and the registers of a thread that stops in it. One source file for each machine. */
#ifndef MF_RUNNER_BREAKPOINT_MACHINE_H
#define MF_RUNNER_BREAKPOINT_MACHINE_H

#include "core/policy/named.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Size of a gate, the code before the copy of a function, in bytes. */
#define MACHINE_GATE_MAX 64
/** Size of a refusal, the code that makes a call fail, in bytes. */
#define MACHINE_REFUSAL_MAX 64

/** The counter of a gate, and when the gate stops: two words in the process's memory. */
struct machine_count {
    /** Address of the number that the gate increments. */
    uint64_t counter;
    /** A thread stops if the number before the increment is at least this. */
    uint64_t stop;
};

/** Whether breakpoints are known on this machine. */
extern const bool machine_has_breakpoints;

/**
 * Write a gate: code that counts a call, and stops the thread at certain counts.
 *
 * @code
 *         The destination; in the process the code has the address `at`.
 * @count
 *         The address of its struct machine_count.
 * @resizes
 *         Whether calls whose second argument is 0 pass uncounted, as for realloc.
 * @stop
 *         Set to the pc of a stopped thread, less `at`.
 * @return
 *         Its length in bytes; the function continues after it.
 */
size_t machine_gate(unsigned char code[MACHINE_GATE_MAX], uint64_t at, uint64_t count,
                    bool resizes, size_t *stop);

/** How errno is set. */
struct machine_errno {
    /** The function that returns the address of errno; 0 = none. */
    uint64_t function;
    /** The offset of errno from the thread pointer, if it is known. */
    int64_t distance;
    bool known;
};

/** Write a refusal; returns its length in bytes. */
size_t machine_refusal(unsigned char code[MACHINE_REFUSAL_MAX], uint64_t at,
                       const struct machine_errno *where);

/** Write a jump from one address to another; returns its length in bytes. */
size_t machine_jump(unsigned char code[8], uint64_t from, uint64_t to);

/** Redirect a call or jump to `to`, by changing its distance, which has the address `at`. */
void machine_lead(unsigned char distance[4], uint64_t at, uint64_t to);

/** A thread that has stopped with SIGTRAP. */
struct machine_stop {
    uint64_t pc;
    /** At a gate: the number before the increment. */
    uint64_t counted;
    uint64_t arguments[MF_NAMED_ARGUMENTS];
};

/** Read the registers of such a thread; 0 on success, -1 with errno. */
int machine_read(struct machine_stop *stop, pid_t tid);

/** The stack pointer at the entry of a gate's function, from that of a thread stopped there. */
uint64_t machine_sp_at_entry(uint64_t sp);

/** How many bytes the stack pointer is below its value at the function's entry, at an offset in
 * a gate or in a refusal. */
uint64_t machine_depth_in_gate(size_t offset, bool resizes);
uint64_t machine_depth_in_refusal(size_t offset, const struct machine_errno *where);

/** Make the call at a gate fail.
 *
 * @refusal
 *         The address of the refusal.
 * @error
 *         The errno; 0 = errno is not changed.
 * @return
 *         0 on success, -1 with errno.
 */
int machine_fail(pid_t tid, uint64_t refusal, int64_t value, int32_t error);

/** A copy of a thread's registers. */
struct machine_registers {
    _Alignas(16) unsigned char bytes[512];
};

int machine_keep(struct machine_registers *kept, pid_t tid);
int machine_restore(const struct machine_registers *kept, pid_t tid);

/** An instruction that makes a system call, followed by one that stops the thread. */
#define MACHINE_CALL_LENGTH 4
extern const unsigned char machine_call_code[MACHINE_CALL_LENGTH];

/** Prepare a thread to make a system call when it continues; `code` is the address of this
 * code. */
int machine_call(const struct machine_registers *kept, pid_t tid, uint64_t code,
                 long number, const uint64_t arguments[6]);

/** The result of the system call. */
long machine_result(pid_t tid);

/** The address of a thread's next instruction. */
uint64_t machine_pc(const struct machine_registers *kept);

#endif
