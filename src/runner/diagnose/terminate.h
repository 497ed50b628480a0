// SPDX-License-Identifier: MIT
/**
 * What run-time libraries end a program for: exceptions that nobody catches or that nobody
 * may let out, and checks that it failed. Those are libc's of buffers and jumps, C++'s of
 * virtual calls and iterators, Rust's of pointers and panics. Pure.
 */
#ifndef MF_RUNNER_DIAGNOSE_TERMINATE_H
#define MF_RUNNER_DIAGNOSE_TERMINATE_H

#include "runner/diagnose/outcome.h"
#include "runner/diagnose/sentence.h"

/**
 * Find where an exception that ends the program passes through the C++ library: at
 * std::terminate(), or, where that has no name, at a step of throwing that only libraries
 * are called from.
 *
 * @return
 *         The index of a frame; `count` if there is none.
 */
size_t terminate_find(const struct outcome_facts *facts);

/** Whether mallocfail sent the SIGABRT itself, before the program's own terminate handler
 * could run: no function of the C library's did. */
bool terminate_is_ours(const struct outcome_facts *facts);

/**
 * Whether a sanitizer ended the program only because the C++ library told of the exception:
 * that library is not built with MemorySanitizer, which takes the memory that it prints for
 * one that nobody has written.
 */
bool terminate_is_reported(const struct outcome_facts *facts, size_t terminate);

/**
 * Judge it. What nobody catches is the program's own way to give up, unless it is of a type
 * that only a bug throws, such as std::logic_error; that is a defect, and so is what a noexcept
 * function or a destructor stops.
 *
 * @terminate
 *         As terminate_find() found it.
 */
void terminate_judge(const struct outcome_facts *facts, size_t terminate,
                     struct outcome_verdict *verdict);

/** Explain an exception that ended the program, or that could not be thrown. */
void terminate_write(struct sentence *sentence);

/**
 * Find the check that a program failed which got SIGABRT.
 *
 * @message
 *         Set to what the library says of it then, "" where it says nothing.
 * @return
 *         The class of what the program did; CLASS_NONE where it failed no known check.
 */
enum crash_class terminate_failed_check(const struct outcome_facts *facts, char *message,
                                        size_t size);

#endif
