// SPDX-License-Identifier: MIT
/** The part of breakpoints that depends on the machine: the code that is put into a process,
 * and the registers of a thread that has come to it. One file a machine. */
#ifndef MF_RUNNER_BREAKPOINT_MACHINE_H
#define MF_RUNNER_BREAKPOINT_MACHINE_H

#include "core/policy/named.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Room for the code in front of a function's copy. */
#define MACHINE_GATE_MAX 64
/** Room for the code that has a call fail. */
#define MACHINE_REFUSAL_MAX 64

/** What a gate counts, and when it stops: two words in the process's memory. */
struct machine_count {
    /** Where the number is that goes up by one. */
    uint64_t counter;
    /** A thread stops where that was so much before, or more. */
    uint64_t stop;
};

/** Whether breakpoints are known on this machine. */
extern const bool machine_has_breakpoints;

/**
 * Write a gate: it counts a call, and stops where the count wants it.
 *
 * @code
 *         Where it goes; it lies at `at` in the process.
 * @count
 *         Where its struct machine_count lies.
 * @resizes
 *         Whether a call is left alone whose second argument is 0: realloc's.
 * @stop
 *         Set to the pc, less `at`, of a thread that has stopped.
 * @return
 *         How many bytes it takes; behind them the function goes on.
 */
size_t machine_gate(unsigned char code[MACHINE_GATE_MAX], uint64_t at, uint64_t count,
                    bool resizes, size_t *stop);

/** How errno is set. */
struct machine_errno {
    /** The function that returns where it is; 0 = none. */
    uint64_t function;
    /** How far it is from the thread pointer, where that is known. */
    int64_t distance;
    bool known;
};

/** Write the code that has a call fail; how many bytes it takes. */
size_t machine_refusal(unsigned char code[MACHINE_REFUSAL_MAX], uint64_t at,
                       const struct machine_errno *where);

/** Write a jump from one address to another; its length. */
size_t machine_jump(unsigned char code[8], uint64_t from, uint64_t to);

/** Have a call or jump lead to another place: where its distance is, and what it becomes. */
void machine_lead(unsigned char distance[4], uint64_t at, uint64_t to);

/** A thread that has come to SIGTRAP. */
struct machine_stop {
    uint64_t pc;
    /** What the counter was before, at a gate. */
    uint64_t counted;
    uint64_t arguments[MF_NAMED_ARGUMENTS];
};

/** Read it; 0 on success, -1 with errno. */
int machine_read(struct machine_stop *stop, pid_t tid);

/** What the stack pointer was when the function was called that a gate is of. */
uint64_t machine_sp_at_entry(uint64_t sp);

/** How far below its place at the function's entry the stack pointer is, at an offset in a gate,
 * or in the code that has a call fail. */
uint64_t machine_depth_in_gate(size_t offset, bool resizes);
uint64_t machine_depth_in_refusal(size_t offset, const struct machine_errno *where);

/** Have the call at a gate fail.
 *
 * @refusal
 *         Where the code for that lies.
 * @error
 *         Its errno; 0 = that is left alone.
 * @return
 *         0 on success, -1 with errno.
 */
int machine_fail(pid_t tid, uint64_t refusal, int64_t value, int32_t error);

/** Registers as a thread has them, kept. */
struct machine_registers {
    _Alignas(16) unsigned char bytes[512];
};

int machine_keep(struct machine_registers *kept, pid_t tid);
int machine_restore(const struct machine_registers *kept, pid_t tid);

/** An instruction that makes a system call, and one that stops behind it. */
#define MACHINE_CALL_LENGTH 4
extern const unsigned char machine_call_code[MACHINE_CALL_LENGTH];

/** Have a thread make a system call with the code at an address when it goes on. */
int machine_call(const struct machine_registers *kept, pid_t tid, uint64_t code,
                 long number, const uint64_t arguments[6]);

/** What it has returned. */
long machine_result(pid_t tid);

/** Where a thread stands. */
uint64_t machine_pc(const struct machine_registers *kept);

#endif
