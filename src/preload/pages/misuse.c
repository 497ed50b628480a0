// SPDX-License-Identifier: MIT
#include "preload/pages/misuse.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/pages/blocks.h"

/** What the message says of the address. */
static const char *const words[MF_MISUSE_COUNT] = {
    [MF_MISUSE_NO_BLOCK] = " is not a heap block",
    [MF_MISUSE_INSIDE] = " is not a heap block, but near one",
    [MF_MISUSE_DOUBLE_FREE] = " was freed before",
    [MF_MISUSE_OVERFLOW] = " behind a block was written to",
    [MF_MISUSE_UNDERFLOW] = " in front of a block was written to",
};

static const char *const places[MF_MISUSE_PLACES] = {
    [MF_MISUSE_FREE] = "free()",
    [MF_MISUSE_REALLOC] = "realloc()",
    [MF_MISUSE_EXIT] = "exit()",
};

static void note(enum mf_misuse_kind kind, enum mf_misuse_place place,
                 const void *address, const struct mf_block *block) {
    struct mf_misuse *misuse = &mf_pages.heap.misuse;
    atomic_store(&misuse->kind, MF_MISUSE_NONE);
    misuse->place = place;
    misuse->tid = mf_tid();
    misuse->address = (uintptr_t)address;
    misuse->block = block ? (uint64_t)(block - mf_block_at(0)) + 1 : 0;
    atomic_store(&misuse->kind, kind);
}

static void say(enum mf_misuse_kind kind, enum mf_misuse_place place, const void *address,
                const struct mf_block *block) {
    char digits[MF_DIGITS], size[MF_DIGITS], at[MF_DIGITS];
    const char *where = mf_hexadecimal(digits, (uintptr_t)address);
    if (block) {
        mf_say("heap misuse: ", places[place], ": ", where, words[kind],
               " (block of size ", mf_decimal(size, block->size), " at ",
               mf_hexadecimal(at, block->address), ")", NULL);
    } else {
        mf_say("heap misuse: ", places[place], ": ", where, words[kind], NULL);
    }
}

_Noreturn void mf_misuse_end(enum mf_misuse_kind kind, enum mf_misuse_place place,
                             const void *address, const struct mf_block *block) {
    note(kind, place, address, block);
    say(kind, place, address, block);
    mf_sys_abort();
}
