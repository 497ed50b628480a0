// SPDX-License-Identifier: MIT
// The policy's parser, which runs inside targets: any bytes give a policy or an error.
#include "core/policy/plan.h"
#include "core/policy/policy.h"
#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static _Alignas(64) unsigned char room[MF_POLICY_ARENA_SIZE];
    static struct mf_policy policy;
    static struct mf_plan plan;
    struct mf_arena arena = {.memory = room, .size = sizeof(room)};
    struct mf_policy_error error = {0};
    // A copy of its own size: one byte read too much is seen.
    char *text = malloc(size ? size : 1);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    if (mf_policy_parse(text, size, &arena, &policy, &error) == 0) {
        mf_plan_make(&plan, &policy, "image", 1);
    } else if (error.line < 1 || !error.path[0] || !error.text[0]) {
        abort();
    }
    if (arena.used) {
        abort();
    }
    free(text);
    return 0;
}
