// SPDX-License-Identifier: MIT
/** What a call calls, where that is a function of another file. */
#ifndef MF_RUNNER_CODE_CALLEE_H
#define MF_RUNNER_CODE_CALLEE_H

#include "runner/code/elffile.h"
#include "runner/code/microcode.h"

/**
 * The linker's name of what is called by way of an address in memory, or of a stub that does
 * so.
 *
 * @codes
 *         Of the file's machine.
 * @return
 *         NULL if it is another one, or has none. It lives as long as the file is open.
 */
const char *callee_name(struct microcodes *codes, const struct elffile *file,
                        const struct microcode *call);

/** The same of the call in front of a return address, as linked. */
const char *callee_before(const struct elffile *file, uint64_t address);

#endif
