// SPDX-License-Identifier: MIT
/** What an instruction was about to do to memory. One file a machine. */
#ifndef MF_RUNNER_INSTRUCTION_H
#define MF_RUNNER_INSTRUCTION_H

#include "runner/outcome.h"
#include "runner/registers.h"

/**
 * Tell what an instruction does to memory.
 *
 * @code
 *         The bytes at the program counter.
 * @address
 *         Set to the address it works on, where that could be told; else untouched.
 * @return
 *         What it does; ACCESS_UNKNOWN for instructions that are not known here.
 */
enum access instruction_access(const struct registers *registers,
                               const unsigned char *code, size_t size, uint64_t *address);

#endif
