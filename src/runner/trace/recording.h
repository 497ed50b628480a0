// SPDX-License-Identifier: MIT
/** Recording a trace: a run of a program whose allocations are written to a file. */
#ifndef MF_RUNNER_TRACE_RECORDING_H
#define MF_RUNNER_TRACE_RECORDING_H

#include "runner/util/diag.h"

#include <stdbool.h>
#include <stdint.h>

struct recording {
    /** Where to; further processes write to files with their number behind. */
    const char *output;
    /** What fails meanwhile; NULL = nothing. */
    const char *policy;
    bool stacks;
    uint64_t timeout_ns;
    /** PROGRAM and its arguments. */
    char **argv;
    /** The exit status where the program allocated nothing. */
    int nothing;
};

/** Record, and tell the user what there is; the exit status. What an earlier recording
 * with the same name left is removed. */
int recording_make(const struct recording *recording, const struct diag *diag);

#endif
