// SPDX-License-Identifier: MIT
/** The search for what is patched in one file, as far as its parts share it. */
#ifndef MF_RUNNER_PATCH_SEARCH_H
#define MF_RUNNER_PATCH_SEARCH_H

#include "runner/code/functions.h"
#include "runner/patch/patches.h"
#include "runner/patch/relocate.h"

/** The search in one file. */
struct search {
    struct patches *result;
    struct mf_patches *patches;
    struct functions functions;
    const struct relocate_machine *machine;
    struct microcodes *codes;
    /** Where the functions begin; 0 = they are not there. */
    uint64_t found[MF_ENTRY_NAMED];
    /** Which of the files it is. */
    uint32_t file;
    /** Whether it is linked statically: nothing is exported then. */
    bool closed;
    /** Whether a sanitizer's run-time is there, and AddressSanitizer's. */
    bool sanitizer, address;
    /** An address that is said to be a function's; 0 = none. */
    uint64_t told;
};

/** Read a function from an address on; NULL, or why that cannot be. */
const char *search_read(const struct search *search, uint64_t address,
                        struct relocate_code *code);

/** Pass over an instruction that does nothing but allow jumps. */
void search_pass_landing(const struct search *search, struct relocate_code *code);

/** Read the code behind a name: where it only jumps to another function, that one's. */
const char *search_follow(const struct search *search, uint64_t address,
                          struct relocate_code *code);

/** The patch of the function that an address is the beginning of; NULL = none. */
const struct mf_patch *search_patch_at(const struct search *search, uint64_t address);

#endif
