// SPDX-License-Identifier: MIT
#include "runner/code/microcode_capstone.h"

#include "runner/util/fault_guard.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdlib.h>

#define TEXT_OF(macro) TEXT(macro)
#define TEXT(words)    #words

/** A machine whose code is read. */
struct reader {
    unsigned elf;
    cs_arch arch;
    cs_mode mode;
    const struct microcode_machine *machine;
    unsigned (*find)(unsigned reg);
    void (*translate)(const cs_insn *insn, struct microcode *code);
    /** The register of the flags, and that of results. */
    unsigned flags, result;
    /** An instruction that does nothing. */
    unsigned char nop[4];
    size_t nop_length;
};

static const struct reader readers[] = {
    {EM_X86_64,
     CS_ARCH_X86,
     CS_MODE_64,
     &microcode_x86_64,
     microcode_x86_64_register,
     microcode_x86_64_translate,
     X86_REG_EFLAGS,
     X86_REG_RAX,
     {0x90},
     1},
    {EM_AARCH64,
     CS_ARCH_ARM64,
     CS_MODE_LITTLE_ENDIAN,
     &microcode_aarch64,
     microcode_aarch64_register,
     microcode_aarch64_translate,
     ARM64_REG_NZCV,
     ARM64_REG_X0,
     {0x1f, 0x20, 0x03, 0xd5},
     4},
};

/** capstone's functions. It is loaded when it is wanted: its 77,000 relocations would take
 * half as long again as the runner takes to start. */
#define FUNCTIONS(X)                                                                     \
    X(cs_open)                                                                           \
    X(cs_option) X(cs_malloc) X(cs_regs_access) X(cs_disasm_iter) X(cs_free) X(cs_close)

#define MEMBER(name) __typeof__(name) *(name);

struct microcodes {
    const struct reader *reader;
    void *library;
    FUNCTIONS(MEMBER)
    csh capstone;
    cs_insn *insn;
};

/** Load it; whether it is there. */
static bool load(struct microcodes *codes) {
    // It stays loaded: its relocations take milliseconds each time.
    codes->library =
        dlopen("libcapstone.so." TEXT_OF(CS_API_MAJOR), RTLD_NOW | RTLD_NODELETE);
    bool found = codes->library != NULL;
#define FIND(name)                                                                       \
    codes->name = found ? (__typeof__(codes->name))dlsym(codes->library, #name) : NULL;  \
    found = codes->name != NULL;
    FUNCTIONS(FIND)
    return found;
}

/** Open capstone, which does not look whether there was memory: neither here nor when it
 * reads its first instruction. */
static void open_capstone(void *context) {
    struct microcodes *codes = context;
    const uint8_t *bytes = codes->reader->nop;
    size_t length = codes->reader->nop_length;
    uint64_t address = 0;
    csh capstone = 0;
    if (codes->cs_open(codes->reader->arch, codes->reader->mode, &capstone) ==
            CS_ERR_OK &&
        codes->cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK) {
        cs_insn *insn = codes->cs_malloc(capstone);
        if (insn && codes->cs_disasm_iter(capstone, &bytes, &length, &address, insn)) {
            codes->capstone = capstone;
            codes->insn = insn;
        }
    }
}

struct microcodes *microcodes_new(unsigned machine) {
    struct microcodes *codes = calloc(1, sizeof(*codes));
    for (size_t i = 0; codes && i < sizeof(readers) / sizeof(readers[0]); i++) {
        codes->reader = readers[i].elf == machine ? &readers[i] : codes->reader;
    }
    if (codes && codes->reader && load(codes) && fault_guard_call(open_capstone, codes) &&
        codes->insn) {
        return codes;
    }
    microcodes_free(codes);
    return NULL;
}

void microcodes_free(struct microcodes *codes) {
    if (!codes) {
        return;
    }
    if (codes->insn) {
        codes->cs_free(codes->insn, 1);
        codes->cs_close(&codes->capstone);
    }
    if (codes->library) {
        dlclose(codes->library);
    }
    free(codes);
}

const struct microcode_machine *microcodes_machine(const struct microcodes *codes) {
    return codes->reader->machine;
}

/** Note what an instruction reads and writes. */
static bool note_registers(struct microcodes *codes, struct microcode *code) {
    cs_regs read, written;
    uint8_t read_count, count;
    if (codes->cs_regs_access(codes->capstone, codes->insn, read, &read_count, written,
                              &count) != CS_ERR_OK) {
        return false;
    }
    for (uint8_t i = 0; i < read_count; i++) {
        code->reads_result |= read[i] == codes->reader->result;
    }
    for (uint8_t i = 0; i < count; i++) {
        unsigned reg = codes->reader->find(written[i]);
        code->written |= reg < MICROCODE_NONE ? UINT32_C(1) << reg : 0;
        code->flags |= written[i] == codes->reader->flags;
    }
    return true;
}

bool microcodes_read(struct microcodes *codes, const unsigned char *bytes, size_t length,
                     uint64_t address, struct microcode *code) {
    uint64_t at = address;
    *code = (struct microcode){
        .to = MICROCODE_NONE, .from = MICROCODE_NONE, .other = MICROCODE_NONE};
    if (!codes->cs_disasm_iter(codes->capstone, &bytes, &length, &at, codes->insn) ||
        !note_registers(codes, code)) {
        return false;
    }
    code->length = codes->insn->size;
    codes->reader->translate(codes->insn, code);
    // What is put there is told apart from what is only destroyed.
    if (code->to < MICROCODE_NONE) {
        code->written &= ~(UINT32_C(1) << code->to);
    }
    for (unsigned i = 0; code->kind == MICROCODE_LOAD && i < code->slot_count; i++) {
        unsigned reg = code->slots[i].reg;
        code->written &= reg < MICROCODE_NONE ? ~(UINT32_C(1) << reg) : UINT32_MAX;
    }
    return true;
}
