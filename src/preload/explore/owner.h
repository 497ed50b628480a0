// SPDX-License-Identifier: MIT
/**
 * Which program of a suite a stack belongs to. A stack with a frame of a program belongs to
 * that program. A stack in libraries only occurs in each program that has the libraries, and
 * the outcome of its failure depends on the program: each program has an entry of its own
 * for it.
 *
 * But if a failure has ended the first program before main, the libraries ended it, and do
 * the same in all programs.
 *
 * Programs without a build id may share a name and offsets: each file has entries of its own
 * for all stacks.
 */
#ifndef MF_PRELOAD_EXPLORE_OWNER_H
#define MF_PRELOAD_EXPLORE_OWNER_H

#include "core/channel/suite.h"
#include "preload/call/call.h"

/** Find out which module is the program, whose file has this path; once, while the library
 * starts. */
void mf_owner_begin(const char *path);

/** The entry of a call, whose stack has been walked, for this program: found or made. NULL
 * if there is no room. */
struct mf_suite_stack *mf_owner_entry(struct mf_interposed_call *call);

/** A desk has been taken for an entry: see which of its children come to main. */
void mf_owner_watch(void);

/** Children have been tried for an entry. */
void mf_owner_settle(const struct mf_suite_stack *stack);

/** Main is about to begin: in this process, or in the child that it is. */
void mf_owner_enter_main(void);

#endif
