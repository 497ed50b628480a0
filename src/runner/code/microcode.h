// SPDX-License-Identifier: MIT
/**
 * One machine instruction, as far as it moves pointers: between registers, to the stack and
 * back, and where the program goes on.
 */
#ifndef MF_RUNNER_CODE_MICROCODE_H
#define MF_RUNNER_CODE_MICROCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No register. */
#define MICROCODE_NONE 32

enum microcode_kind {
    /** Nothing but what `written` says. */
    MICROCODE_OTHER,
    /** Register `to` gets what `from` holds, give or take a constant; and where `merges`,
     * what `other` holds. */
    MICROCODE_COPY,
    /** Registers go to the stack or come from it: `slots`. */
    MICROCODE_LOAD,
    MICROCODE_STORE,
    /** `from`, or without it the first of `slots`, is compared with 0. */
    MICROCODE_TEST,
    MICROCODE_CALL,
    /** Go on at `target`, which may be another function. */
    MICROCODE_JUMP,
    /** Go on at `target` or behind the instruction. */
    MICROCODE_BRANCH,
    MICROCODE_RETURN,
    /** The program does not go on behind it. */
    MICROCODE_STOP,
};

/** What a branch depends on. */
enum microcode_condition {
    MICROCODE_ANYTHING,
    /** It is taken where what was compared with 0 is 0, or is not. */
    MICROCODE_IF_ZERO,
    MICROCODE_IF_NOT_ZERO,
};

/** A word of the stack. */
struct microcode_slot {
    /** The register that goes there or comes from there; none = something else does. */
    unsigned reg;
    /** The register that it is counted from, and how far from it. */
    unsigned base;
    int64_t offset;
};

struct microcode {
    enum microcode_kind kind;
    unsigned to, from, other;
    bool merges;
    struct microcode_slot slots[2];
    unsigned slot_count;
    /** The registers that have other contents afterwards, one bit each; those that are
     * copied or loaded to are not among them. */
    uint32_t written;
    /** Whether the register of results is read, all of it. */
    bool reads_result;
    /** Whether the flags are others, and how much is added to the stack pointer before
     * and after the stack is used. */
    bool flags;
    int64_t push, pop;
    enum microcode_condition condition;
    /** 0 = unknown. */
    uint64_t target;
    /** Where the address of what is called or jumped to lies; 0 = unknown. Where `paged`,
     * it is counted from the `page` that an instruction before has loaded. */
    uint64_t through, page;
    bool paged;
    /** Where in it 4 bytes say how far something is from its end; 0 = nowhere. */
    size_t distance;
    /** How many bytes it has. */
    size_t length;
};

/** What is agreed on registers. */
struct microcode_machine {
    /** What a function returns, its first argument, the stack pointer and the frame
     * pointer. */
    unsigned result, argument, sp, fp;
    /** What a call leaves as it was, one bit each. */
    uint32_t saved;
};

struct microcodes;

/**
 * Begin to read a machine's code.
 *
 * @machine
 *         As ELF files number them: EM_X86_64.
 * @return
 *         NULL where that cannot be read, as without capstone, or memory ran out.
 */
struct microcodes *microcodes_new(unsigned machine);

/** Release it; NULL is fine. */
void microcodes_free(struct microcodes *codes);

const struct microcode_machine *microcodes_machine(const struct microcodes *codes);

/**
 * Read an instruction.
 *
 * @address
 *         Where it is.
 * @return
 *         Whether there is one.
 */
bool microcodes_read(struct microcodes *codes, const unsigned char *bytes, size_t length,
                     uint64_t address, struct microcode *code);

#endif
