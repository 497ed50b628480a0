// SPDX-License-Identifier: MIT
/** How a module's linkage tables lead to functions, x86-64. */
#ifndef MF_PRELOAD_MACHINE_RELOCATIONS_H
#define MF_PRELOAD_MACHINE_RELOCATIONS_H

#include <elf.h>

/** The relocations that write a function's address down; MF_LINKAGE_LAZY may do so when it is
 * first called. */
#define MF_LINKAGE_LAZY    R_X86_64_JUMP_SLOT
#define MF_LINKAGE_GLOBAL  R_X86_64_GLOB_DAT
#define MF_LINKAGE_ADDRESS R_X86_64_64

/** The size of each of the ways in, which lie behind each other; see named.h. */
#define MF_LINKAGE_WAY 16

#endif
