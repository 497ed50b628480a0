// SPDX-License-Identifier: MIT
/** Printing a trace: its events or stacks, in a format for other programs. */
#ifndef MF_RUNNER_TRACE_TRACETEXT_H
#define MF_RUNNER_TRACE_TRACETEXT_H

#include "runner/trace/tracefile.h"

#include <stdio.h>

/** What is wanted of a trace. */
struct trace_wish {
    /** All that is known of each event, and frees. */
    bool all;
    /** What a stack's weight is. */
    enum trace_weight {
        TRACE_BYTES,
        TRACE_CALLS,
        TRACE_LIVE,
    } weight;
};

/**
 * Print a trace.
 *
 * @return
 *         0 on success; -1 on failure: with errno, or the user told and errno 0.
 */
typedef int trace_format(struct tracefile *file, const struct trace_wish *wish, FILE *to,
                         const struct diag *diag);

/** "sec.usec<TAB>size" for each allocation. */
trace_format trace_tsv;
/** "outermost;...;innermost weight" for each stack. */
trace_format trace_folded;
/** One object, with one event a line. */
trace_format trace_json;

#endif
