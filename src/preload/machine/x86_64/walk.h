// SPDX-License-Identifier: MIT
/** Where a walk up the stack begins, x86-64. */
#ifndef MF_PRELOAD_MACHINE_WALK_H
#define MF_PRELOAD_MACHINE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/** The numbers that call frame information gives to registers. */
enum {
    MF_REGISTER_FP = 6,
    MF_REGISTER_SP = 7,
    MF_REGISTER_RA = 16,
};

/** The registers that a walk follows. */
struct mf_registers {
    uintptr_t pc, sp, fp;
};

/** What they were before the function that this is used in was called; whether that is
 * known. */
static inline __attribute__((always_inline)) bool
mf_walk_begin(struct mf_registers *registers) {
    const uintptr_t *frame = __builtin_frame_address(0);
    registers->pc = frame[1];
    registers->sp = (uintptr_t)(frame + 2);
    registers->fp = frame[0];
    return true;
}

#endif
