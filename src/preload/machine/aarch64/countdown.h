// SPDX-License-Identifier: MIT
/** Count a thread counter down and up, aarch64: as on any machine. */
#ifndef MF_PRELOAD_MACHINE_AARCH64_COUNTDOWN_H
#define MF_PRELOAD_MACHINE_AARCH64_COUNTDOWN_H

#include "preload/machine/generic/countdown.h"

#endif
