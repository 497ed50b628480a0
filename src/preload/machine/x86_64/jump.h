// SPDX-License-Identifier: MIT
/** Jumps that are written into code, x86-64. */
#ifndef MF_PRELOAD_MACHINE_JUMP_H
#define MF_PRELOAD_MACHINE_JUMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/** A near jump's size and reach, and a far one's size. Reach 0: no jumps are known. */
#define MF_JUMP_NEAR  5
#define MF_JUMP_REACH (INT64_C(1) << 31)
#define MF_JUMP_FAR   32

/** Make a near jump, for a place so far in front of its target. */
static inline void mf_jump_near(unsigned char *to, int64_t distance) {
    int32_t from_end = (int32_t)(distance - MF_JUMP_NEAR);
    to[0] = 0xe9;
    memcpy(to + 1, &from_end, sizeof(from_end));
}

/** Make a jump to any place, with a number that it gets in r11; all registers that a
 * function may be called with are kept. The target need not say that it is one. */
static inline void mf_jump_far(unsigned char *to, uint64_t target, uint32_t number) {
    static const unsigned char code[] = {0x41, 0xbb, 0,    0, 0, 0,    // mov r11d
                                         0x3e, 0xff, 0x25, 3, 0, 0, 0, // jmp [rip + 3]
                                         0xcc, 0xcc, 0xcc};
    memcpy(to, code, sizeof(code));
    memcpy(to + 2, &number, sizeof(number));
    memcpy(to + sizeof(code), &target, sizeof(target));
}

/** Put a distance in words into an instruction: not on this machine. */
static inline void mf_jump_put_words(unsigned char *insn, int64_t distance) {
    (void)insn;
    (void)distance;
}

/** How many bytes tell the distance of a call's target, and lead it to another one: so far
 * from where they are. */
#define MF_JUMP_DISTANCE 4
static inline void mf_jump_lead(unsigned char *bytes, int64_t distance) {
    int32_t from_end = (int32_t)(distance - MF_JUMP_DISTANCE);
    memcpy(bytes, &from_end, sizeof(from_end));
}

/** Whether return addresses are kept a second time, where nobody can write. */
static inline bool mf_jump_is_shadowed(void) {
    enum { SHADOW_STACK_STATUS = 0x5005, SHADOW_STACK_ON = 1 };
    uint64_t features = 0;
    return syscall(SYS_arch_prctl, SHADOW_STACK_STATUS, &features) == 0 &&
           (features & SHADOW_STACK_ON);
}

#endif
