// SPDX-License-Identifier: MIT
/** Where a walk up the stack begins, aarch64: as on any machine. */
#ifndef MF_PRELOAD_MACHINE_AARCH64_WALK_H
#define MF_PRELOAD_MACHINE_AARCH64_WALK_H

#include "preload/machine/generic/walk.h"

#endif
