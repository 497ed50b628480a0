// SPDX-License-Identifier: MIT
/** How a module's linkage tables lead to functions, any machine: nothing is led anywhere. */
#ifndef MF_PRELOAD_MACHINE_RELOCATIONS_H
#define MF_PRELOAD_MACHINE_RELOCATIONS_H

#include <elf.h>

#define MF_LINKAGE_LAZY    0
#define MF_LINKAGE_GLOBAL  0
#define MF_LINKAGE_ADDRESS 0
#define MF_LINKAGE_WAY     0

#endif
