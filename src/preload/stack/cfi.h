// SPDX-License-Identifier: MIT
/**
 * Call frame information: how to get from a function's frame to its caller's, read from
 * the .eh_frame section of the module. Only the simple cases, which are nearly all.
 */
#ifndef MF_PRELOAD_STACK_CFI_H
#define MF_PRELOAD_STACK_CFI_H

#include <stdint.h>

enum mf_step_kind {
    /** Not a simple case: ask the unwinder. */
    MF_STEP_HARD,
    /** As the rest of the step says; the return address lies right below the canonical
     * frame address, and that becomes the stack pointer. */
    MF_STEP_UP,
    /** The stack ends here. */
    MF_STEP_END,
    /** It ends because nothing is known of the code; that may change. */
    MF_STEP_UNKNOWN,
};

struct mf_step {
    /** enum mf_step_kind */
    uint8_t kind;
    /** Whether the canonical frame address counts from the frame pointer, not from the
     * stack pointer; and how many bytes. */
    uint8_t from_fp;
    /** Where the caller's frame pointer is saved: words from the canonical frame address;
     * 0 = nowhere, it is unchanged. */
    int16_t fp_at;
    int32_t cfa;
};

/** Work out the step for a return address, and where its function begins, 0 = unknown.
 * Slow: parses; takes the locks that the unwinder takes, none on a current C library. */
struct mf_step mf_cfi_step(uintptr_t address, uintptr_t *function);

#endif
