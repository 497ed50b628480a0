// SPDX-License-Identifier: MIT
/** Which function a name most likely means that no function has. */
#ifndef MF_RUNNER_PATCH_NEARNAME_H
#define MF_RUNNER_PATCH_NEARNAME_H

#include "core/policy/named.h"

struct nearname {
    /** As people write it; "" = none is near. */
    char text[MF_NAMED_TEXT_MAX];
};

/** Find it among a file's functions. */
void nearname_find(struct nearname *near, const char *name, const char *path);

#endif
