// SPDX-License-Identifier: MIT
#include "runner/util/hash_seed.h"

#include "core/policy/mix.h"

#include <string.h>
#include <sys/auxv.h>

uint64_t hash_seed(void) {
    // The kernel has put random bytes there for the C library's purposes: they are not to
    // be shown, so that they are mixed.
    const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);
    uint64_t word = 0;
    if (random) {
        memcpy(&word, random, sizeof(word));
    }
    return mf_mix(word + MF_MIX_STEP);
}
