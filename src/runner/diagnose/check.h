// SPDX-License-Identifier: MIT
/**
 * Checks of run-time libraries that end a program which broke a rule: libc's of buffers and
 * jumps, C++'s of virtual calls and iterators, Rust's of pointers and panics. Pure.
 */
#ifndef MF_RUNNER_DIAGNOSE_CHECK_H
#define MF_RUNNER_DIAGNOSE_CHECK_H

#include "runner/diagnose/outcome.h"

/**
 * Find the check that a program failed which got SIGABRT.
 *
 * @message
 *         Set to what the library says of it then, "" where it says nothing.
 * @return
 *         The class of what the program did; CLASS_NONE where it failed no known check.
 */
enum crash_class check_failed(const struct outcome_facts *facts, char *message,
                              size_t size);

#endif
