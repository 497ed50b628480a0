// SPDX-License-Identifier: MIT
#include "core/channel/novel.h"

#include "core/policy/mix.h"

/** So many of the innermost frames are looked at, step by step. */
static const uint32_t depths[] = {
    [MF_NOVEL_SITE] = 2,
    [MF_NOVEL_PATH] = 4,
    [MF_NOVEL_LONG_PATH] = 8,
};

/** A hash of a stack's innermost frames. */
static uint64_t hash_of(const struct mf_frame *frames, uint32_t count, uint32_t depth) {
    uint64_t hash = mf_mix(depth);
    for (uint32_t i = 0; i < depth && i < count; i++) {
        // An address in no module is another one in each process.
        uint64_t offset = frames[i].module < MF_MODULES_MAX ? frames[i].offset : 0;
        hash = mf_mix(hash ^ mf_mix(offset + MF_MIX_STEP * (frames[i].module + 1)));
    }
    return hash;
}

enum mf_novel mf_novel_judge(const _Atomic uint64_t *set, const struct mf_frame *frames,
                             uint32_t count) {
    for (unsigned i = 0; i < MF_NOVEL_NOTHING; i++) {
        uint64_t hash = hash_of(frames, count, depths[i]);
        uint64_t word =
            atomic_load_explicit(&set[hash / 64 % MF_NOVEL_WORDS], memory_order_relaxed);
        if (!(word >> hash % 64 & 1)) {
            return (enum mf_novel)i;
        }
    }
    return MF_NOVEL_NOTHING;
}

void mf_novel_note(_Atomic uint64_t *set, const struct mf_frame *frames, uint32_t count) {
    for (unsigned i = 0; i < MF_NOVEL_NOTHING; i++) {
        uint64_t hash = hash_of(frames, count, depths[i]);
        atomic_fetch_or_explicit(&set[hash / 64 % MF_NOVEL_WORDS],
                                 UINT64_C(1) << hash % 64, memory_order_relaxed);
    }
}
