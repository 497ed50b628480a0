// SPDX-License-Identifier: MIT
/** In a suite what a child writes is captured: its stdout and stderr are not those of its
 * process. What it asks of them is answered from the process's own, for a program may go another
 * way where they are a terminal, a pipe or a file. */
#ifndef MF_RUNNER_INPLACE_OUTPUT_H
#define MF_RUNNER_INPLACE_OUTPUT_H

#include "runner/util/capture.h"

#include <stdint.h>
#include <sys/types.h>

/** A system call that a child was trapped at. */
struct output_call {
    pid_t child, target;
    /** What stands for the child's stdout and stderr; NULL = they are the target's. */
    const struct capture *captures;
    uint64_t number;
    const uint64_t *arguments;
};

enum output_reply {
    /** It does not ask for what a capture hides. */
    OUTPUT_NOT_ASKED,
    /** It is to be made as it is. */
    OUTPUT_AS_IS,
    /** It is to return the result. */
    OUTPUT_ANSWERED,
    /** What the process would learn is not known. */
    OUTPUT_UNKNOWN,
};

/** Find the answer to a call; what it fills in the child's memory is filled. `result` is set
 * where it is answered: what the call returns, or -errno. */
enum output_reply output_ask(const struct output_call *call, long *result);

/** The system calls that have to be trapped where their first argument is 1 or 2. */
extern const int output_calls[];
extern const unsigned output_call_count;

#endif
