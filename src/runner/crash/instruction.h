// SPDX-License-Identifier: MIT
/** What an instruction was about to do to memory. One file a machine. */
#ifndef MF_RUNNER_CRASH_INSTRUCTION_H
#define MF_RUNNER_CRASH_INSTRUCTION_H

#include "runner/crash/facts.h"
#include "runner/crash/registers.h"

#include <stdbool.h>

struct instruction {
    /** What it does; ACCESS_UNKNOWN where it is not known here, or does nothing. */
    enum access access;
    /** Whether it reads where to go on. */
    bool jumps;
    /** The address it works on, where that could be told; for ACCESS_EXECUTE the one that
     * it goes to. */
    bool address_known;
    uint64_t address;
};

/**
 * Read the instruction that could not be carried out.
 *
 * @code
 *         The bytes at the program counter.
 * @fault
 *         The address that could not be accessed, NULL = unknown: some instructions work
 *         on two, and the nearer one, or the one that cannot be any, is meant.
 */
struct instruction instruction_read(const struct registers *registers,
                                    const unsigned char *code, size_t size,
                                    const uint64_t *fault);

#endif
