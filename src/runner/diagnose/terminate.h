// SPDX-License-Identifier: MIT
/** Exceptions that end the program: nobody catches them, or nobody may let them out. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_TERMINATE_H
#define MF_RUNNER_DIAGNOSE_TERMINATE_H

#include "runner/diagnose/outcome.h"

/**
 * Find where an exception that ends the program passes through the C++ library: at
 * std::terminate(), or, where that has no name, at a step of throwing that only libraries
 * are called from.
 *
 * @return
 *         The index of a frame; `count` where there is none.
 */
size_t terminate_find(const struct outcome_facts *facts);

/** Whether mallocfail sent the SIGABRT itself, before the program's own terminate handler
 * could run: no function of the C library's did. */
bool terminate_is_ours(const struct outcome_facts *facts);

/**
 * Judge it. What nobody catches is the program's own way to give up; what a noexcept
 * function or a destructor stops was on its way to somebody, and is a defect.
 *
 * @terminate
 *         As terminate_find() found it.
 */
void terminate_judge(const struct outcome_facts *facts, size_t terminate,
                     struct outcome_verdict *verdict);

#endif
