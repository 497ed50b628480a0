// SPDX-License-Identifier: MIT
// AArch64's loads and stores (Arm ARM, C4.1): one bit tells one from the other.
#include "runner/instruction.h"

#include <string.h>

enum access instruction_access(const struct registers *registers,
                               const unsigned char *code, size_t size,
                               uint64_t *address) {
    uint32_t word;
    (void)registers, (void)address;
    if (size < sizeof(word)) {
        return ACCESS_UNKNOWN;
    }
    memcpy(&word, code, sizeof(word));
    if ((word & 0x0a000000) != 0x08000000) {
        return ACCESS_UNKNOWN;
    }
    return word & 0x00400000 ? ACCESS_READ : ACCESS_WRITE;
}
