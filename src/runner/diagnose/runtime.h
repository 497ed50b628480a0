// SPDX-License-Identifier: MIT
/** Frames of the run-time libraries that compilers put into programs: libgcov's, LLVM's
 * profiling, the sanitizers'. Nobody who tests a program has to mend them. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_RUNTIME_H
#define MF_RUNNER_DIAGNOSE_RUNTIME_H

#include "runner/diagnose/outcome.h"

/** The library that a frame belongs to: "libgcov", "libasan" and the like; NULL where it is none of them. */
const char *runtime_of(const struct outcome_frame *frames, size_t count, size_t at);

/** The library of the innermost frame outside the C library; NULL if it is not one of
 * theirs. */
const char *runtime_innermost(const struct outcome_frame *frames, size_t count);

/** Whether a stack that ends in a signal is of a sanitizer that ends the program: not one
 * that only passes an abort() on. */
bool runtime_is_sanitizers_end(const struct outcome_frame *frames, size_t count);

#endif
