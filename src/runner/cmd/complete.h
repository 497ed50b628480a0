// SPDX-License-Identifier: MIT
/**
 * What a shell offers for the word under the cursor.
 *
 * The completions of the shells call `mallocfail --complete WORD...` and act on each line
 * that it prints:
 *
 *   word TEXT     offer this text
 *   file          offer files
 *   file SUFFIX   offer files with this suffix
 *   directory     offer directories
 *   program N     complete what begins at word N as a command line of its own
 *
 * `mallocfail` itself is word 0.
 */
#ifndef MF_RUNNER_CMD_COMPLETE_H
#define MF_RUNNER_CMD_COMPLETE_H

#include "runner/util/diag.h"

/** The word that asks for it, in place of a command. */
#define COMPLETE_WORD "--complete"

/**
 * Print what a shell may offer for the last word.
 *
 * @count, words
 *         The words behind `mallocfail --complete`; the user has begun the last one, or
 *         it is empty.
 * @return
 *         The exit status.
 */
int complete(int count, char *const *words, const struct diag *diag);

#endif
