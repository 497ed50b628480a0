// SPDX-License-Identifier: MIT
/** Jumps to write into code, x86-64. */
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

/** Make a near jump, for a place `distance` bytes before its target. */
static inline void mf_jump_near(unsigned char *to, int64_t distance) {
    int32_t from_end = (int32_t)(distance - MF_JUMP_NEAR);
    to[0] = 0xe9;
    memcpy(to + 1, &from_end, sizeof(from_end));
}

/** Make a jump to any place that passes a number in r11; it preserves all registers that
 * can hold a function's arguments. The target needs no endbr64. */
static inline void mf_jump_far(unsigned char *to, uint64_t target, uint32_t number) {
    static const unsigned char code[] = {0x41, 0xbb, 0,    0, 0, 0,    // mov r11d
                                         0x3e, 0xff, 0x25, 3, 0, 0, 0, // jmp [rip + 3]
                                         0xcc, 0xcc, 0xcc};
    memcpy(to, code, sizeof(code));
    memcpy(to + 2, &number, sizeof(number));
    memcpy(to + sizeof(code), &target, sizeof(target));
}

/** The same with the number on the stack, before the return address: it preserves all
 * registers. */
static inline void mf_jump_kept(unsigned char *to, uint64_t target, uint32_t number) {
    static const unsigned char code[] = {0x68, 0,    0,    0,   0,       // push
                                         0x3e, 0xff, 0x25, 4,   0, 0, 0, // jmp [rip + 4]
                                         0xcc, 0xcc, 0xcc, 0xcc};
    memcpy(to, code, sizeof(code));
    memcpy(to + 1, &number, sizeof(number));
    memcpy(to + sizeof(code), &target, sizeof(target));
}

/** Put a distance in words into an instruction: not on this machine. */
static inline void mf_jump_put_words(unsigned char *insn, int64_t distance) {
    (void)insn;
    (void)distance;
}

/** The size of a gate in front of malloc; calls that it lets pass continue after it. */
#define MF_JUMP_GATE 19

/** Add the bytes of an instruction and the 4 bytes that end it. */
static inline unsigned char *mf_jump_add(unsigned char *to, const char *bytes,
                                         size_t length, int64_t end) {
    int32_t number = (int32_t)end;
    memcpy(to, bytes, length);
    memcpy(to + length, &number, sizeof(number));
    return to + length + sizeof(number);
}

/**
 * Write the fast path of our malloc: it decrements the calling thread's counter and lets
 * the call pass unless the counter drops below zero. It changes the result register only.
 *
 * @counter
 *         The pointer to the counter, in the thread-local memory of this function's caller.
 * @asked
 *         Where a call continues that needs a decision.
 */
static inline void mf_jump_gate(unsigned char *to, const void *counter,
                                const unsigned char *asked) {
    const char *thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    // mov rax, fs:[counter]
    to = mf_jump_add(to, "\x64\x48\x8b\x04\x25", 5, (const char *)counter - thread);
    // sub qword [rax], 1; js asked
    mf_jump_add(to, "\x48\x83\x28\x01\x0f\x88", 6, asked - (to + 10));
}

/** How many bytes of a call hold the distance to its target; and the function that points
 * them to another target, `distance` bytes from where they are. */
#define MF_JUMP_DISTANCE 4
static inline void mf_jump_lead(unsigned char *bytes, int64_t distance) {
    int32_t from_end = (int32_t)(distance - MF_JUMP_DISTANCE);
    memcpy(bytes, &from_end, sizeof(from_end));
}

/**
 * Where a near jump fits into a function that does nothing: over its bytes and
 * those after it.
 *
 * @return
 *         The offset from its entry; -1 if it does something or there is no room.
 */
static inline int mf_jump_empty(const unsigned char *code) {
    static const unsigned char landing[] = {0xf3, 0x0f, 0x1e, 0xfa};
    static const unsigned char padding[] = {0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x80,
                                            0x44, 0x40, 0x00, 0x90, 0xcc};
    int at = memcmp(code, landing, sizeof(landing)) == 0 ? (int)sizeof(landing) : 0;
    bool fits = ((uintptr_t)code & 15) == 0 && code[at] == 0xc3;
    for (int i = at + 1; i < at + MF_JUMP_NEAR && fits; i++) {
        fits = memchr(padding, code[i], sizeof(padding)) != NULL;
    }
    return fits ? at : -1;
}

/** Whether there is a second copy of return addresses that nobody can write to (a shadow
 * stack). */
static inline bool mf_jump_is_shadowed(void) {
    enum { SHADOW_STACK_STATUS = 0x5005, SHADOW_STACK_ON = 1 };
    uint64_t features = 0;
    return syscall(SYS_arch_prctl, SHADOW_STACK_STATUS, &features) == 0 &&
           (features & SHADOW_STACK_ON);
}

#endif
