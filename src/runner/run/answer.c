// SPDX-License-Identifier: MIT
#include "runner/run/answer.h"

#include "runner/patch/reach.h"
#include "runner/util/status.h"

#include <stdio.h>

int answer_patches(const char *path) {
    struct patches patches = {0};
    if (patches_find(&patches, path, true) != 0) {
        return STATUS_FAILED;
    }
    if (!patches_reach_malloc(&patches)) {
        patches.plan.count = 0;
    }
    bool written = fwrite(&patches.plan, sizeof(patches.plan), 1, stdout) == 1;
    return fflush(stdout) == 0 && written ? STATUS_GOOD : STATUS_FAILED;
}
