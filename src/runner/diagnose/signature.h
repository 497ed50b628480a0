// SPDX-License-Identifier: MIT
/** What tells findings apart across runs and builds. */
#ifndef MF_RUNNER_DIAGNOSE_SIGNATURE_H
#define MF_RUNNER_DIAGNOSE_SIGNATURE_H

#include "runner/diagnose/finding.h"

/** The id of the function that a frame of a stack is in, wherever it stands there: of its name
 * and its file, or its module where that is not known; 0 where there is no such frame. */
uint64_t signature_function(const struct named_stack *stack, size_t at,
                            const struct modules *modules);

/** The id of a frame's source line, whatever code was made of it: an inlined function, a
 * macro and a template are compiled many times. Of its place in the module where no line is
 * known; 0 where there is no such frame. */
uint64_t signature_place(const struct named_stack *stack, size_t at,
                         const struct modules *modules);

/** The id of the functions that an endless recursion goes through, wherever it began and
 * was cut off. */
uint64_t signature_cycle(const struct finding *finding, const struct modules *modules);

/** Whether a finding is an endless recursion, which signature_cycle() tells from others. */
bool signature_is_recursion(const struct finding *finding);

/** Equal for the same defect: the injected stack, outcome and class, the crash stack. Of an
 * endless recursion its functions count alone, of a hang the function with the loop. */
uint64_t signature_of_crash(const struct finding *finding, const struct modules *modules);

/** The same where there is no crash: the injected stack and the outcome. */
uint64_t signature_of_end(const struct finding *finding);

#endif
