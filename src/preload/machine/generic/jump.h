// SPDX-License-Identifier: MIT
/** Jumps to write into code, any machine: none are known. */
#ifndef MF_PRELOAD_MACHINE_JUMP_H
#define MF_PRELOAD_MACHINE_JUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A near jump's size and reach, and a far one's size. Reach 0: no jumps are known. */
#define MF_JUMP_NEAR  4
#define MF_JUMP_REACH INT64_C(0)
#define MF_JUMP_FAR   16

static inline void mf_jump_near(unsigned char *to, int64_t distance) {
    (void)to;
    (void)distance;
}

static inline void mf_jump_far(unsigned char *to, uint64_t target, uint32_t number) {
    (void)to;
    (void)target;
    (void)number;
}

static inline void mf_jump_put_words(unsigned char *insn, int64_t distance) {
    (void)insn;
    (void)distance;
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

#define MF_JUMP_DISTANCE 4
static inline void mf_jump_lead(unsigned char *bytes, int64_t distance) {
    (void)bytes;
    (void)distance;
}

static inline bool mf_jump_is_shadowed(void) {
    return false;
}

/** Where a near jump fits into a function that does nothing: not known here. */
static inline int mf_jump_empty(const unsigned char *code) {
    (void)code;
    return -1;
}

#endif
