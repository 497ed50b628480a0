// SPDX-License-Identifier: MIT
#include "runner/code/callee.h"

/** The longest instruction, the longest call, and how many instructions the procedure linkage
 * table has for a function. */
enum { INSTRUCTION_MAX = 16, CALL_MAX = 7, STUB_STEPS = 4 };

const char *callee_name(struct microcodes *codes, const struct elffile *file,
                        const struct microcode *call) {
    uint64_t address = call->target, through = call->through, page = 0;
    for (unsigned i = 0; i < STUB_STEPS && !through; i++) {
        struct microcode stub;
        const unsigned char *bytes = elffile_bytes(file, address, INSTRUCTION_MAX);
        if (!bytes || !microcodes_read(codes, bytes, INSTRUCTION_MAX, address, &stub)) {
            return NULL;
        }
        page = stub.page ? stub.page : page;
        through = stub.through || stub.paged ? page * stub.paged + stub.through : 0;
        address += stub.length;
    }
    return through ? elffile_bound(file, through) : NULL;
}

const char *callee_before(const struct elffile *file, uint64_t address) {
    struct microcodes *codes = microcodes_new(elffile_machine(file));
    const char *name = NULL;
    for (uint64_t length = CALL_MAX; codes && !name && length > 1; length--) {
        struct microcode call;
        const unsigned char *bytes = elffile_bytes(file, address - length, length);
        if (bytes && microcodes_read(codes, bytes, length, address - length, &call) &&
            call.kind == MICROCODE_CALL && call.length == length) {
            name = callee_name(codes, file, &call);
        }
    }
    microcodes_free(codes);
    return name;
}
