// SPDX-License-Identifier: MIT
// mallocfail.h, as seen from inside the library.
#include "preload/gate.h"

#define EXPORT __attribute__((visibility("default")))

/** Called whenever an allocation is about to fail: a place for a breakpoint, no more. */
EXPORT __attribute__((noinline)) void mallocfail_injected(void);

void mallocfail_injected(void) {
    __asm__ volatile("");
}

EXPORT int mallocfail_arm(void);
EXPORT int mallocfail_disarm(void);

int mallocfail_arm(void) {
    return mf_gate_arm(MF_ARM_API) ? 0 : -1;
}

int mallocfail_disarm(void) {
    return mf_gate_disarm() ? 0 : -1;
}
