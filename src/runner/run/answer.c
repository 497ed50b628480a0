// SPDX-License-Identifier: MIT
#include "runner/run/answer.h"

#include "runner/patch/reach.h"
#include "runner/util/status.h"

#include <stdio.h>

/** Write patches; the exit status. */
static int answer(const struct patches *patches) {
    bool written = fwrite(&patches->plan, sizeof(patches->plan), 1, stdout) == 1;
    return fflush(stdout) == 0 && written ? STATUS_GOOD : STATUS_FAILED;
}

int answer_patches(const char *path) {
    struct patches patches = {0};
    if (patches_find(&patches, path, true) != 0) {
        return STATUS_FAILED;
    }
    if (!patches_reach_malloc(&patches)) {
        patches.plan.count = 0;
    }
    return answer(&patches);
}

int answer_module(const char *path, char *const *names) {
    struct patches patches = {0};
    struct mf_patches *plan = &patches.plan;
    for (; *names && plan->named_count < MF_NAMED_MAX; names++) {
        char bytes[160];
        struct mf_text why = mf_text_begin(bytes, sizeof(bytes));
        bool looked_for =
            **names && mf_named_read(&plan->named[plan->named_count], *names, &why) == 0;
        patches.named_found[plan->named_count++] = !looked_for;
    }
    return patches_find_module(&patches, path) == 0 ? answer(&patches) : STATUS_FAILED;
}
