// SPDX-License-Identifier: MIT
/** Calls of patched functions that do not come to them, since the compiler has put them in
 * line. */
#ifndef MF_RUNNER_RUN_INLINED_H
#define MF_RUNNER_RUN_INLINED_H

#include "runner/patch/patches.h"

struct inlined {
    /** The functions, each once; static, or the patches'. */
    const char *names[MF_ENTRY_COUNT];
    unsigned count;
};

/** Find those of a program, by its debug information. */
void inlined_find(struct inlined *inlined, const struct patches *patches,
                  const char *program);

#endif
