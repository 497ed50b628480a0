// SPDX-License-Identifier: MIT
/** The way in of functions by name, x86-64: to be included in one file. */
#ifndef MF_PRELOAD_MACHINE_NAMED_H
#define MF_PRELOAD_MACHINE_NAMED_H

#include "core/channel/patch.h"

#include <stdint.h>

#define MF_NAMED_TEXT(number)    #number
#define MF_NAMED_TEXT_OF(number) MF_NAMED_TEXT(number)
#define MF_NAMED_WAYS_FIRST      MF_NAMED_TEXT_OF(MF_PATCH_NAMED_MAX)
#define MF_NAMED_WAYS            MF_NAMED_TEXT_OF(MF_RESOURCE_SYMBOLS_MAX)

/** The saved registers that may hold a function's arguments. */
struct mf_named_registers {
    double floats[8][2];
    /** The function's number; and rax, which holds the number of floats of a call with
     * `...`, and later the result. */
    uint64_t number, rax;
    uint64_t arguments[6];
    /** The word on the stack between frame and caller is the address to continue at. */
    uint64_t frame, next, caller;
};

/** Make the call return a value, without calling the original. */
static inline void mf_named_return(struct mf_named_registers *registers, uint64_t value) {
    registers->rax = value;
}

/** The bytes that xsave64 needs for the registers below, in its standard form. */
#define MF_NAMED_VECTORS 2688

/** The parts of vector registers that our own code does not use but functions of the C
 * library do. */
struct mf_named_vectors {
    _Alignas(64) unsigned char area[MF_NAMED_VECTORS];
    uint32_t kept;
};

/** Which of those parts the kernel lets programs use: the upper halves of ymm and zmm,
 * zmm16 and up, and the masks. */
static inline uint32_t mf_named_find_vectors(void) {
    enum { FEATURES = 1, OSXSAVE = 1 << 27, YMM = 1 << 2, MASKS_AND_ZMM = 7 << 5 };
    uint32_t a = FEATURES, b, c = 0, d, low, high;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (!(c & OSXSAVE)) {
        return 0;
    }
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low & (YMM | MASKS_AND_ZMM);
}

/** Save them before a call that may change them. */
static inline void mf_named_keep(struct mf_named_vectors *vectors, uint32_t parts) {
    vectors->kept = parts;
    if (parts) {
        // xsave64 does not write the whole header.
        enum { HEADER = 512, WORDS = 8 };
        volatile uint64_t *header = (volatile uint64_t *)(vectors->area + HEADER);
        for (int i = 0; i < WORDS; i++) {
            header[i] = 0;
        }
        __asm__ volatile("xsave64 %0" : "+m"(vectors->area) : "a"(parts), "d"(0));
    }
}

/** Restore them. */
static inline void mf_named_restore(const struct mf_named_vectors *vectors) {
    if (vectors->kept) {
        __asm__ volatile("xrstor64 %0"
                         :
                         : "m"(vectors->area), "a"(vectors->kept), "d"(0));
    }
}

/** The ways in: do not call them as functions. */
void mf_named_way_in(void) __attribute__((visibility("hidden")));
void mf_named_way_kept(void) __attribute__((visibility("hidden")));

// The number comes in r11, or is on the stack before the return address: a compiler that
// knows a function may keep values in any register that it does not change, and call it
// with an unaligned stack. If the call is to proceed, mf_named_ask() returns the
// original; the code jumps to it with all registers as they were. If the call is finished,
// it returns NULL. mf_named_keep() saves what is wider than xmm before it could change.
__asm__(".pushsection .text\n"
        ".globl mf_named_way_in\n"
        ".hidden mf_named_way_in\n"
        ".globl mf_named_way_kept\n"
        ".hidden mf_named_way_kept\n"
        ".type mf_named_way_in, @function\n"
        "mf_named_way_in:\n"
        ".cfi_startproc\n"
        "endbr64\n"
        "pushq %r11\n"
        ".cfi_def_cfa_offset 16\n"
        "mf_named_way_kept:\n"
        "pushq %rbp\n"
        ".cfi_def_cfa_offset 24\n"
        ".cfi_offset %rbp, -24\n"
        "movq %rsp, %rbp\n"
        ".cfi_def_cfa_register %rbp\n"
        "pushq %r9\n"
        "pushq %r8\n"
        "pushq %rcx\n"
        "pushq %rdx\n"
        "pushq %rsi\n"
        "pushq %rdi\n"
        "pushq %rax\n"
        "pushq 8(%rbp)\n"
        "subq $128, %rsp\n"
        "movups %xmm0, (%rsp)\n"
        "movups %xmm1, 16(%rsp)\n"
        "movups %xmm2, 32(%rsp)\n"
        "movups %xmm3, 48(%rsp)\n"
        "movups %xmm4, 64(%rsp)\n"
        "movups %xmm5, 80(%rsp)\n"
        "movups %xmm6, 96(%rsp)\n"
        "movups %xmm7, 112(%rsp)\n"
        "movq %rsp, %rdi\n"
        "pushq %r10\n"
        "pushq %r11\n"
        "subq $128, %rsp\n"
        "movups %xmm8, (%rsp)\n"
        "movups %xmm9, 16(%rsp)\n"
        "movups %xmm10, 32(%rsp)\n"
        "movups %xmm11, 48(%rsp)\n"
        "movups %xmm12, 64(%rsp)\n"
        "movups %xmm13, 80(%rsp)\n"
        "movups %xmm14, 96(%rsp)\n"
        "movups %xmm15, 112(%rsp)\n"
        "andq $-16, %rsp\n"
        "call mf_named_ask\n"
        "leaq -336(%rbp), %rsp\n"
        "movups (%rsp), %xmm8\n"
        "movups 16(%rsp), %xmm9\n"
        "movups 32(%rsp), %xmm10\n"
        "movups 48(%rsp), %xmm11\n"
        "movups 64(%rsp), %xmm12\n"
        "movups 80(%rsp), %xmm13\n"
        "movups 96(%rsp), %xmm14\n"
        "movups 112(%rsp), %xmm15\n"
        "addq $128, %rsp\n"
        "popq %r11\n"
        "popq %r10\n"
        "movups (%rsp), %xmm0\n"
        "movups 16(%rsp), %xmm1\n"
        "movups 32(%rsp), %xmm2\n"
        "movups 48(%rsp), %xmm3\n"
        "movups 64(%rsp), %xmm4\n"
        "movups 80(%rsp), %xmm5\n"
        "movups 96(%rsp), %xmm6\n"
        "movups 112(%rsp), %xmm7\n"
        "addq $136, %rsp\n"
        "movq %rax, 8(%rbp)\n"
        "testq %rax, %rax\n"
        "popq %rax\n"
        "popq %rdi\n"
        "popq %rsi\n"
        "popq %rdx\n"
        "popq %rcx\n"
        "popq %r8\n"
        "popq %r9\n"
        "popq %rbp\n"
        ".cfi_def_cfa %rsp, 16\n"
        ".cfi_restore %rbp\n"
        "leaq 8(%rsp), %rsp\n"
        ".cfi_def_cfa_offset 8\n"
        "je 1f\n"
        "notrack jmpq *-8(%rsp)\n"
        "1: retq\n"
        ".cfi_endproc\n"
        ".size mf_named_way_in, . - mf_named_way_in\n"
        ".popsection\n");

// The ways in for resource functions, 16 bytes each: their numbers come after those of
// functions by name.
__asm__(".pushsection .text\n"
        ".balign 16\n"
        ".globl mf_named_ways\n"
        ".hidden mf_named_ways\n"
        ".type mf_named_ways, @function\n"
        "mf_named_ways:\n"
        ".set number, " MF_NAMED_WAYS_FIRST "\n"
        ".rept " MF_NAMED_WAYS "\n"
        "endbr64\n"
        "movl $number, %r11d\n"
        "jmp mf_named_way_in\n"
        ".balign 16\n"
        ".set number, number + 1\n"
        ".endr\n"
        ".size mf_named_ways, . - mf_named_ways\n"
        ".popsection\n");

#endif
