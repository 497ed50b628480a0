// SPDX-License-Identifier: MIT
/** What a trace defines: its stacks, and the modules that their frames are in. */
#ifndef MF_RUNNER_TRACE_TRACEDEFINITIONS_H
#define MF_RUNNER_TRACE_TRACEDEFINITIONS_H

#include "runner/trace/tracefile.h"

/** What was read so far. */
struct tracedefinitions {
    /** Which of the file's modules has which key, shortened; no more of them than
     * MF_TRACE_MODULES_MAX. */
    struct tracekey {
        uint32_t key, module;
    } * keys;
    size_t key_count;
};

/**
 * Read a chunk of definitions; what makes no sense ends it, and is counted as damage.
 *
 * @return
 *         0 on success, -1 when memory ran out.
 */
int tracedefinitions_read(struct tracedefinitions *definitions, struct tracefile *file,
                          uint64_t offset, uint64_t size);

/** After the last one: tell the frames which module they are in. */
void tracedefinitions_finish(struct tracedefinitions *definitions,
                             struct tracefile *file);

/** Release it. */
void tracedefinitions_destroy(struct tracedefinitions *definitions);

#endif
