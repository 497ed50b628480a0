// SPDX-License-Identifier: MIT
/** What tells findings apart across runs and builds. */
#ifndef MF_RUNNER_DIAGNOSE_SIGNATURE_H
#define MF_RUNNER_DIAGNOSE_SIGNATURE_H

#include "runner/diagnose/finding.h"

/** The id of a frame's source line, whatever code was made of it: an inlined function, a
 * macro and a template are compiled many times. Of its place in the module where no line is
 * known; 0 if the frame is not known either. */
uint64_t signature_place(const struct named_stack *stack, size_t at,
                         const struct modules *modules);

/** The id of the functions that an endless recursion goes through, wherever it began and
 * was cut off. */
uint64_t signature_cycle(const struct finding *finding, const struct modules *modules);

/** Whether a finding is an endless recursion, which signature_cycle() tells from others. */
bool signature_is_recursion(const struct finding *finding);

/** The id of the loop that a crash is in, by its first line, or its first code where no lines
 * are known; 0 if there is none. */
uint64_t signature_loop(const struct crash *crash, struct symbols *symbols,
                        const struct modules *modules);

/** The id of a hang's place: of the loop; where that is not known, of the function that the
 * program is in. */
uint64_t signature_hang(const struct finding *finding, const struct modules *modules);

/** Equal for the same defect: the injected stack, outcome and class, the crash stack. Of an
 * endless recursion its functions count alone, of a hang the loop, of a sanitizer's report the
 * place: whether it ends the program, and how, depends on its options. */
uint64_t signature_of_crash(const struct finding *finding, const struct modules *modules);

/** How many frames of the first leaked stack say which leak it is: from the allocation up to the
 * function that called, directly or not, for the failed allocation, too. Who called that makes
 * no difference, nor which program did. All frames where the two have nothing in common. */
size_t signature_leak_frames(const struct finding *finding,
                             const struct modules *modules);

/** The id of the place in a program that a sanitizer's report tells; 0 where it tells none. */
uint64_t signature_report(const struct finding *finding);

/** The same where there is no crash: the place that is reported, or else the injected stack,
 * and the outcome. */
uint64_t signature_of_end(const struct finding *finding);

#endif
