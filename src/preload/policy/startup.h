// SPDX-License-Identifier: MIT
/** The library's start: on the first call of a process, on the thread that makes it. */
#ifndef MF_PRELOAD_POLICY_STARTUP_H
#define MF_PRELOAD_POLICY_STARTUP_H

#include "preload/base/state.h"

/** Start the library if no call has yet. Keeps errno. */
void mf_startup_run(void);

/** The same from inside: the stage it has come to. */
uint32_t mf_startup_stage(void);

#endif
