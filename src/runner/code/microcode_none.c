// SPDX-License-Identifier: MIT
#include "runner/code/microcode.h"

struct microcodes *microcodes_new(unsigned machine) {
    (void)machine;
    return NULL;
}

void microcodes_free(struct microcodes *codes) {
    (void)codes;
}

const struct microcode_machine *microcodes_machine(const struct microcodes *codes) {
    (void)codes;
    return NULL;
}

bool microcodes_read(struct microcodes *codes, const unsigned char *bytes, size_t length,
                     uint64_t address, struct microcode *code) {
    (void)codes;
    (void)bytes;
    (void)length;
    (void)address;
    (void)code;
    return false;
}
