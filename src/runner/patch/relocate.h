// SPDX-License-Identifier: MIT
/**
 * What a jump at a function's entry destroys, copied so that it does the same elsewhere.
 * Pure: bytes in, bytes out. One file for each machine, and each is there on all of them.
 */
#ifndef MF_RUNNER_PATCH_RELOCATE_H
#define MF_RUNNER_PATCH_RELOCATE_H

#include "core/channel/patch.h"
#include "runner/code/microcode.h"

#include <stddef.h>

/** A function's code. */
struct relocate_code {
    struct microcodes *codes;
    const unsigned char *bytes;
    size_t length;
    /** How many bytes behind it nobody uses. */
    size_t padding;
    /** Where it is, as linked. */
    uint64_t address;
};

/** One machine. */
struct relocate_machine {
    /** As ELF files number them: EM_X86_64. */
    unsigned machine;
    /** An instruction that only says that jumps may lead here, and does nothing. */
    unsigned char landing[4];
    /** How many bytes the jump takes. */
    size_t jump;
    /** Where the distance of its target stands in a call or a jump of that length; -1 where
     * it cannot be another one. */
    int (*distance)(size_t length);
    /**
     * Copy the first instructions, so many as the jump needs.
     *
     * @patch
     *         Its `taken`, `copied`, `calls` and fixes are set, and its copy.
     * @return
     *         NULL, or why that cannot be. Static.
     */
    const char *(*copy)(const struct relocate_code *code, struct mf_patch *patch);
};

extern const struct relocate_machine relocate_x86_64, relocate_aarch64;

/** The machine by its number; NULL = none that is known. */
const struct relocate_machine *relocate_machine(unsigned machine);

/** Append bytes to a copy; where they begin. */
size_t relocate_append(struct mf_patch *patch, const void *bytes, size_t length);

/** Note what depends on where things come to lie. */
void relocate_fix(struct mf_patch *patch, struct mf_patch_fix fix);

/** Whether bytes between two functions only fill the gap. */
bool relocate_is_padding(const unsigned char *bytes, size_t length);

/**
 * Whether something jumps to the middle of what is taken.
 *
 * @return
 *         NULL, or what speaks against a patch. Static.
 */
const char *relocate_check_targets(const struct relocate_code *code, uint64_t low,
                                   uint64_t high);

#endif
