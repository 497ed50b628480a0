// SPDX-License-Identifier: MIT
/** A hash of one 64-bit word: the finalizer of Steele's splitmix64. Pure. */
#ifndef MF_CORE_POLICY_MIX_H
#define MF_CORE_POLICY_MIX_H

#include <stdint.h>

/** Spread each input bit over the whole word. A bijection; 0 stays 0. */
static inline uint64_t mf_mix(uint64_t word) {
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/** 2^64 divided by the golden ratio: multiples of it spread evenly, without a pattern. */
#define MF_MIX_STEP UINT64_C(0x9e3779b97f4a7c15)

#endif
