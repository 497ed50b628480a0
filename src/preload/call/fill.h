// SPDX-License-Identifier: MIT
/**
 * Filling freed blocks: after the first injection of a process free() fills blocks with
 * MF_FREED_BYTE, so that an error path which uses one afterwards meets no plausible
 * value.
 */
#ifndef MF_PRELOAD_CALL_FILL_H
#define MF_PRELOAD_CALL_FILL_H

/** free() from then on. */
void mf_fill_free(void *block);

#endif
