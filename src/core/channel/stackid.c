// SPDX-License-Identifier: MIT
#include "core/channel/stackid.h"

#include "core/policy/mix.h"

#include <stdbool.h>
#include <string.h>

/** FNV-1a over bytes: short keys, no table, no state. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t mf_stackid_file(const struct mf_module *module) {
    uint64_t hash;
    if (module->build_id_length > 0 && module->build_id_length <= MF_BUILD_ID_MAX) {
        hash = hash_bytes(MF_STACKID_START, module->build_id, module->build_id_length);
    } else {
        const char *slash = strrchr(module->path, '/');
        const char *base = slash ? slash + 1 : module->path;
        hash = hash_bytes(MF_STACKID_START, base, strlen(base));
    }
    return hash ? hash : 1;
}

uint64_t mf_stackid_module(const struct mf_module *module) {
    uint64_t hash = mf_stackid_file(module);
    if (module->build_id_length == 0 && module->code != 0) {
        hash = mf_mix(hash ^ module->code);
    }
    return hash ? hash : 1;
}

uint64_t mf_stackid_add(uint64_t id, uint64_t module, uint64_t offset) {
    return mf_mix(id ^ mf_mix(module + 1) ^ (module ? offset * MF_MIX_STEP : 0));
}

/** Whether the last `length` frames go through the same functions as those before. */
static bool is_repeated(const struct mf_stackid *stack, unsigned length) {
    for (unsigned i = stack->count - length; i < stack->count; i++) {
        if (stack->frames[i].function != stack->frames[i - length].function) {
            return false;
        }
    }
    return true;
}

/** Take the last block away if it repeats the one before: the innermost one stays. */
static void fold(struct mf_stackid *stack) {
    for (unsigned length = 1; 2 * length <= stack->count; length++) {
        if (is_repeated(stack, length)) {
            stack->count -= length;
            stack->id = stack->frames[stack->count].before;
            return;
        }
    }
}

unsigned mf_stackid_push(struct mf_stackid *stack, uint64_t module, uint64_t offset,
                         uint64_t function) {
    unsigned at = stack->count++;
    uint64_t bit = UINT64_C(1) << (function >> 58);
    if (at < MF_STACKID_FOLDED) {
        stack->frames[at].function = function;
        stack->frames[at].before = stack->id;
    }
    stack->id = mf_stackid_add(stack->id, module, offset);
    // Most functions are met for the first time: nothing is compared.
    if ((stack->met & bit) && at < MF_STACKID_FOLDED) {
        fold(stack);
    }
    stack->met |= bit;
    return at;
}
