// SPDX-License-Identifier: MIT
/**
 * Filling freed blocks: after the first injection of a process free() fills blocks with
 * MF_FREED_BYTE, so that an error path which uses one afterwards meets no plausible
 * value.
 */
#ifndef MF_PRELOAD_HEAP_FILL_H
#define MF_PRELOAD_HEAP_FILL_H

/** Fill from now on, where the runner asks for it. There is a runner. */
void mf_fill_begin(void);

#endif
