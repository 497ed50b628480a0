// SPDX-License-Identifier: MIT
/** What capstone reads, as microcode: one file for each machine. */
#ifndef MF_RUNNER_CODE_MICROCODE_CAPSTONE_H
#define MF_RUNNER_CODE_MICROCODE_CAPSTONE_H

#include "runner/code/microcode.h"

#include <capstone/capstone.h>

extern const struct microcode_machine microcode_x86_64, microcode_aarch64;

/** The number of a register of whatever width; MICROCODE_NONE where it holds no
 * pointers. */
unsigned microcode_x86_64_register(unsigned reg);
unsigned microcode_aarch64_register(unsigned reg);

/** Translate an instruction; what it writes is there already. */
void microcode_x86_64_translate(const cs_insn *insn, struct microcode *code);
void microcode_aarch64_translate(const cs_insn *insn, struct microcode *code);

#endif
