// SPDX-License-Identifier: MIT
/** Definitions in the trace: stacks, each when it is first seen, and their modules. */
#ifndef MF_PRELOAD_TRACE_DEFINITIONS_H
#define MF_PRELOAD_TRACE_DEFINITIONS_H

#include "preload/trace/writer.h"

/** Have room to remember stacks in this process; whether there is. */
bool mf_definitions_open(void);

/**
 * Walk the calling thread's stack, and define it where it is new.
 *
 * @writer
 *         In use by the caller: nobody else writes with it.
 * @caller
 *         The return address that it begins with; the library's own frames are left out.
 * @return
 *         Its index, 0 if there is none to be had.
 */
uint32_t mf_definitions_stack(struct mf_writer *writer, void *caller);

#endif
