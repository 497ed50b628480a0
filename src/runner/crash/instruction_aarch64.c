// SPDX-License-Identifier: MIT
// AArch64's loads and stores (Arm ARM, C4.1). The kernel tells all addresses here, so
// that none has to be worked out.
#include "runner/crash/instruction.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** What tells a load from a store. */
enum teller {
    LOADS,
    STORES,
    /** Bit 22: a load. */
    BIT,
    /** Bits 22 and 23, which are 0 in stores only. */
    BITS,
};

/** Kinds of instructions by those bits that all have in common; the first that fits. */
static const struct {
    uint32_t mask, bits;
    enum teller teller;
} kinds[] = {
    {0x3b000000, 0x18000000, LOADS},  // from near the instruction
    {0x3f200c00, 0x19000000, BITS},   // ldapur, stlur
    {0x3fa00000, 0x08a00000, STORES}, // cas
    {0xbfa00000, 0x08200000, STORES}, // casp
    {0x3f000000, 0x08000000, BIT},    // exclusive ones and ordered ones
    {0x3a000000, 0x28000000, BIT},    // pairs
    {0xbe000000, 0x0c000000, BIT},    // structures of vectors
    {0x3fe0fc00, 0x38a0c000, LOADS},  // ldapr
    {0x3f200400, 0x38200400, LOADS},  // ldraa, ldrab
    {0x3f200c00, 0x38200000, STORES}, // ldadd, swp and the like
    {0x3e000000, 0x3c000000, BIT},    // a vector's register
    {0x3e000000, 0x38000000, BITS},   // a general one
};

static enum access access_of(uint32_t word) {
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if ((word & kinds[i].mask) != kinds[i].bits) {
            continue;
        }
        bool loads = kinds[i].teller == LOADS ||
                     (kinds[i].teller == BIT && word & 0x00400000) ||
                     (kinds[i].teller == BITS && word & 0x00c00000);
        return loads ? ACCESS_READ : ACCESS_WRITE;
    }
    return ACCESS_UNKNOWN;
}

struct instruction instruction_read(const struct registers *registers,
                                    const unsigned char *code, size_t size,
                                    const uint64_t *fault) {
    uint32_t word = 0;
    (void)registers, (void)fault;
    if (size >= sizeof(word)) {
        memcpy(&word, code, sizeof(word));
    }
    return (struct instruction){.access = access_of(word)};
}
