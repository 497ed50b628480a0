// SPDX-License-Identifier: MIT
/**
 * One machine instruction, reduced to how it moves pointers (between registers, to the
 * stack and back) and where execution continues.
 */
#ifndef MF_RUNNER_CODE_MICROCODE_H
#define MF_RUNNER_CODE_MICROCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No register. */
#define MICROCODE_NONE 32

enum microcode_kind {
    /** No effect except on the registers in `written`. */
    MICROCODE_OTHER,
    /** Register `to` gets the value of `from`, plus or minus a constant; with `merges`,
     * also that of `other`. */
    MICROCODE_COPY,
    /** Registers are loaded from the stack or stored to it: `slots`. */
    MICROCODE_LOAD,
    MICROCODE_STORE,
    /** Compares `from`, or if there is none the first of `slots`, with 0. */
    MICROCODE_TEST,
    MICROCODE_CALL,
    /** Continue at `target`, which may be another function. */
    MICROCODE_JUMP,
    /** Continue at `target` or after the instruction. */
    MICROCODE_BRANCH,
    MICROCODE_RETURN,
    /** Execution does not continue after it. */
    MICROCODE_STOP,
};

/** What a branch depends on. */
enum microcode_condition {
    MICROCODE_ANYTHING,
    /** It is taken if the value compared with 0 is 0, or is not 0. */
    MICROCODE_IF_ZERO,
    MICROCODE_IF_NOT_ZERO,
};

/** A word of the stack. */
struct microcode_slot {
    /** The register stored there or loaded from there; none = something else is. */
    unsigned reg;
    /** The base register of its address, and the offset from it. */
    unsigned base;
    int64_t offset;
};

struct microcode {
    enum microcode_kind kind;
    unsigned to, from, other;
    bool merges;
    struct microcode_slot slots[2];
    unsigned slot_count;
    /** The registers that the instruction changes, one bit each, except those that it
     * copies or loads to. */
    uint32_t written;
    /** Whether it reads the whole result register. */
    bool reads_result;
    /** Whether it changes the flags; and what it adds to the stack pointer before and after
     * it uses the stack. */
    bool flags;
    int64_t push, pop;
    enum microcode_condition condition;
    /** 0 = unknown. */
    uint64_t target;
    /** Where the address of the call's or jump's target is stored; 0 = unknown. If `paged`,
     * it is relative to the `page` that an earlier instruction loaded. */
    uint64_t through, page;
    bool paged;
    /** Offset in it of 4 bytes that hold a distance from its end; 0 = there are none. */
    size_t distance;
    /** Its length in bytes. */
    size_t length;
};

/** The calling convention for registers. */
struct microcode_machine {
    /** The registers of a function's result and first argument, the stack pointer and the
     * frame pointer. */
    unsigned result, argument, sp, fp;
    /** The registers that a call preserves, one bit each. */
    uint32_t saved;
};

struct microcodes;

/**
 * Create a reader for a machine's code.
 *
 * @machine
 *         Its number in ELF files: EM_X86_64.
 * @return
 *         NULL if its code cannot be read (without capstone, for one) or memory ran out.
 */
struct microcodes *microcodes_new(unsigned machine);

/** Release it; NULL is fine. */
void microcodes_free(struct microcodes *codes);

const struct microcode_machine *microcodes_machine(const struct microcodes *codes);

/**
 * Read an instruction.
 *
 * @address
 *         The instruction's address.
 * @return
 *         Whether there is one.
 */
bool microcodes_read(struct microcodes *codes, const unsigned char *bytes, size_t length,
                     uint64_t address, struct microcode *code);

#endif
