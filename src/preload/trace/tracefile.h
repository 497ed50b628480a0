// SPDX-License-Identifier: MIT
/** The trace's file: made for a process, and grown by chunks. */
#ifndef MF_PRELOAD_TRACE_TRACEFILE_H
#define MF_PRELOAD_TRACE_TRACEFILE_H

#include "preload/trace/writer.h"

/** Make this process's file, and map its head; whether that was possible. */
bool mf_tracefile_open(void);

/**
 * Take and map a further chunk for a writer, in place of its present one.
 *
 * @size
 *         In bytes; 0 = the default, which grows with what the writer has written.
 * @return
 *         The chunk, complete but for its magic; NULL where there is no more room, or
 *         nothing may be asked of the kernel any more.
 */
struct mf_trace_chunk *mf_tracefile_extend(struct mf_writer *writer,
                                           enum mf_trace_content content, uint64_t size);

#endif
