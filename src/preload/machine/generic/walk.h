// SPDX-License-Identifier: MIT
/** Where a walk up the stack begins, any machine: nowhere. The C++ unwinder does it. */
#ifndef MF_PRELOAD_MACHINE_WALK_H
#define MF_PRELOAD_MACHINE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/** No machine has so many. */
enum {
    MF_REGISTER_FP = 0x10000,
    MF_REGISTER_SP = 0x10001,
    MF_REGISTER_RA = 0x10002,
};

struct mf_registers {
    uintptr_t pc, sp, fp;
};

static inline bool mf_walk_begin(struct mf_registers *registers) {
    (void)registers;
    return false;
}

#endif
