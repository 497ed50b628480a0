// SPDX-License-Identifier: MIT
#include "preload/call/injected.h"

__attribute__((visibility("default"), noinline)) void mallocfail_injected(void) {
    __asm__ volatile("");
}
