// SPDX-License-Identifier: MIT
/**
 * Whose the stacks of a suite are. Those with a frame of the program are that program's
 * anyway. A stack in libraries only is not: the same one is there in each program that has
 * the libraries, and what its failure leads to is up to the program. So each program has an
 * entry of its own for it.
 *
 * But where a failure has ended the first program in front of main, it was the libraries that
 * ended it, and what they do in one program they do in all.
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
