// SPDX-License-Identifier: MIT
/** What a debugger can stop at when an allocation fails. */
#ifndef MF_PRELOAD_CALL_INJECTED_H
#define MF_PRELOAD_CALL_INJECTED_H

/** Called whenever an allocation is about to fail: a place for a breakpoint, no more. */
void mallocfail_injected(void);

#endif
