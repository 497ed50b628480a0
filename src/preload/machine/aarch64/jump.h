// SPDX-License-Identifier: MIT
/** Jumps to write into code, aarch64. */
#ifndef MF_PRELOAD_MACHINE_JUMP_H
#define MF_PRELOAD_MACHINE_JUMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** A near jump's size and reach, and a far one's size. Reach 0: no jumps are known. */
#define MF_JUMP_NEAR  4
#define MF_JUMP_REACH (INT64_C(1) << 27)
#define MF_JUMP_FAR   32

/** Put a distance in words into the low 26 bits of an instruction. */
static inline void mf_jump_put_words(unsigned char *insn, int64_t distance) {
    uint32_t bits;
    memcpy(&bits, insn, sizeof(bits));
    bits = (bits & 0xfc000000) | ((uint32_t)(distance >> 2) & 0x03ffffff);
    memcpy(insn, &bits, sizeof(bits));
}

/** Make a near jump, for a place `distance` bytes before its target. */
static inline void mf_jump_near(unsigned char *to, int64_t distance) {
    static const uint32_t b = 0x14000000;
    memcpy(to, &b, sizeof(b));
    mf_jump_put_words(to, distance);
}

/** Make a jump to any place that passes a number in x17; it preserves all registers that
 * can hold a function's arguments. */
static inline void mf_jump_far(unsigned char *to, uint64_t target, uint32_t number) {
    // movz x17, #number; ldr x16, . + 12; br x16; nop
    const uint32_t code[] = {0xd2800011 | (number & 0xffff) << 5, 0x58000070, 0xd61f0200,
                             0xd503201f};
    memcpy(to, code, sizeof(code));
    memcpy(to + sizeof(code), &target, sizeof(target));
}

/** The same if all registers must be preserved. */
static inline void mf_jump_kept(unsigned char *to, uint64_t target, uint32_t number) {
    mf_jump_far(to, target, number);
}

/** There is no gate in front of malloc on this machine. */
#define MF_JUMP_GATE 0

static inline void mf_jump_gate(unsigned char *to, const void *counter,
                                const unsigned char *asked) {
    (void)to;
    (void)counter;
    (void)asked;
}

/** How many bytes of a call hold the distance to its target; and the function that points
 * them to another target, `distance` bytes from where they are. */
#define MF_JUMP_DISTANCE 4
static inline void mf_jump_lead(unsigned char *bytes, int64_t distance) {
    mf_jump_put_words(bytes, distance);
}

/**
 * Where a near jump fits into a function that does nothing: over its instructions.
 *
 * @return
 *         The offset from its entry; -1 if it does something.
 */
static inline int mf_jump_empty(const unsigned char *code) {
    static const uint32_t landing = 0xd503245f, ret = 0xd65f03c0;
    int at = memcmp(code, &landing, sizeof(landing)) == 0 ? (int)sizeof(landing) : 0;
    return memcmp(code + at, &ret, sizeof(ret)) == 0 ? at : -1;
}

/** Whether there is a second copy of return addresses that nobody can write to (a shadow
 * stack). Copies of code make no calls on this machine. */
static inline bool mf_jump_is_shadowed(void) {
    return false;
}

#endif
