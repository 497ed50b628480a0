// SPDX-License-Identifier: MIT
#include "runner/instruction.h"

enum access instruction_access(const struct registers *registers,
                               const unsigned char *code, size_t size,
                               uint64_t *address) {
    (void)registers, (void)code, (void)size, (void)address;
    return ACCESS_UNKNOWN;
}
