// SPDX-License-Identifier: MIT
/** The way in of functions by name, aarch64: to be included in one file. */
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
    uint64_t frame, caller;
    /** Which function it is, and where its result goes that is no word. */
    uint64_t number, place;
    uint64_t arguments[8];
    double floats[8][2];
};

/** Make the call return a value, without calling the original. */
static inline void mf_named_return(struct mf_named_registers *registers, uint64_t value) {
    registers->arguments[0] = value;
}

/** The way in itself: do not call it as a function. */
void mf_named_way_in(void) __attribute__((visibility("hidden")));
#define mf_named_way_kept mf_named_way_in

// The number comes in x17. A compiler that knows the function may keep values in any
// register that the function does not change. If the call is to proceed, mf_named_ask()
// returns the original; the code jumps to it with all registers as they were. If the call
// is to fail, it returns NULL, and the call's result is in place of the first argument.
__asm__(".pushsection .text\n"
        ".globl mf_named_way_in\n"
        ".hidden mf_named_way_in\n"
        ".type mf_named_way_in, %function\n"
        "mf_named_way_in:\n"
        ".cfi_startproc\n"
        "hint #36\n" // bti j
        "stp x29, x30, [sp, #-224]!\n"
        ".cfi_def_cfa_offset 224\n"
        ".cfi_offset 29, -224\n"
        ".cfi_offset 30, -216\n"
        "mov x29, sp\n"
        "stp x17, x8, [sp, #16]\n"
        "stp x0, x1, [sp, #32]\n"
        "stp x2, x3, [sp, #48]\n"
        "stp x4, x5, [sp, #64]\n"
        "stp x6, x7, [sp, #80]\n"
        "stp q0, q1, [sp, #96]\n"
        "stp q2, q3, [sp, #128]\n"
        "stp q4, q5, [sp, #160]\n"
        "stp q6, q7, [sp, #192]\n"
        "mov x0, sp\n"
        "sub sp, sp, #320\n"
        "stp x9, x10, [sp]\n"
        "stp x11, x12, [sp, #16]\n"
        "stp x13, x14, [sp, #32]\n"
        "str x15, [sp, #48]\n"
        "stp q16, q17, [sp, #64]\n"
        "stp q18, q19, [sp, #96]\n"
        "stp q20, q21, [sp, #128]\n"
        "stp q22, q23, [sp, #160]\n"
        "stp q24, q25, [sp, #192]\n"
        "stp q26, q27, [sp, #224]\n"
        "stp q28, q29, [sp, #256]\n"
        "stp q30, q31, [sp, #288]\n"
        "bl mf_named_ask\n"
        "mov x16, x0\n"
        "ldp x9, x10, [sp]\n"
        "ldp x11, x12, [sp, #16]\n"
        "ldp x13, x14, [sp, #32]\n"
        "ldr x15, [sp, #48]\n"
        "ldp q16, q17, [sp, #64]\n"
        "ldp q18, q19, [sp, #96]\n"
        "ldp q20, q21, [sp, #128]\n"
        "ldp q22, q23, [sp, #160]\n"
        "ldp q24, q25, [sp, #192]\n"
        "ldp q26, q27, [sp, #224]\n"
        "ldp q28, q29, [sp, #256]\n"
        "ldp q30, q31, [sp, #288]\n"
        "add sp, sp, #320\n"
        "ldr x8, [sp, #24]\n"
        "ldp x0, x1, [sp, #32]\n"
        "ldp x2, x3, [sp, #48]\n"
        "ldp x4, x5, [sp, #64]\n"
        "ldp x6, x7, [sp, #80]\n"
        "ldp q0, q1, [sp, #96]\n"
        "ldp q2, q3, [sp, #128]\n"
        "ldp q4, q5, [sp, #160]\n"
        "ldp q6, q7, [sp, #192]\n"
        "ldp x29, x30, [sp], #224\n"
        ".cfi_restore 30\n"
        ".cfi_restore 29\n"
        ".cfi_def_cfa_offset 0\n"
        "cbz x16, 1f\n"
        "br x16\n"
        "1: ret\n"
        ".cfi_endproc\n"
        ".size mf_named_way_in, . - mf_named_way_in\n"
        ".popsection\n");

// The ways in for resource functions, 16 bytes each: their numbers come after those of
// functions by name.
__asm__(".pushsection .text\n"
        ".balign 16\n"
        ".globl mf_named_ways\n"
        ".hidden mf_named_ways\n"
        ".type mf_named_ways, %function\n"
        "mf_named_ways:\n"
        ".set number, " MF_NAMED_WAYS_FIRST "\n"
        ".rept " MF_NAMED_WAYS "\n"
        "hint #34\n" // bti c
        "mov x17, #number\n"
        "b mf_named_way_in\n"
        "nop\n"
        ".balign 16\n"
        ".set number, number + 1\n"
        ".endr\n"
        ".size mf_named_ways, . - mf_named_ways\n"
        ".popsection\n");

/** Vector registers wider than those that the way in saves: SVE's, which are not saved. */
struct mf_named_vectors {
    uint32_t kept;
};

static inline uint32_t mf_named_find_vectors(void) {
    return 0;
}

static inline void mf_named_keep(struct mf_named_vectors *vectors, uint32_t parts) {
    vectors->kept = parts;
}

static inline void mf_named_restore(const struct mf_named_vectors *vectors) {
    (void)vectors;
}

#endif
