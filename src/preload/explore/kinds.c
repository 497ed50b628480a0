// SPDX-License-Identifier: MIT
#include "preload/explore/kinds.h"

/** A hash of the modules that a stack goes through; never 0. */
static uint64_t kind_of(const struct mf_frame *frames, uint32_t count) {
    uint64_t kind = 1;
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || frames[i].module != frames[i - 1].module) {
            kind = mf_mix(kind ^ (frames[i].module + 1));
        }
    }
    return kind ? kind : 1;
}

/** Whether modules alone decide about a stack. */
static bool is_decided(const struct mf_suite *suite, uint32_t count) {
    return suite->spares_modules && count > 0;
}

bool mf_kinds_is_spared(const struct mf_suite *suite, const struct mf_frame *frames,
                        uint32_t count) {
    if (!is_decided(suite, count)) {
        return false;
    }
    uint64_t kind = kind_of(frames, count);
    return atomic_load(&suite->spared[kind % MF_SUITE_SPARED_MAX]) == kind;
}

void mf_kinds_note_spared(struct mf_suite *suite, const struct mf_frame *frames,
                          uint32_t count) {
    if (is_decided(suite, count)) {
        uint64_t kind = kind_of(frames, count);
        atomic_store(&suite->spared[kind % MF_SUITE_SPARED_MAX], kind);
    }
}
