// SPDX-License-Identifier: MIT
// Functions of the program that are allocations by their names: a jump at their entry leads
// to the way in, which asks here. They can have any arguments, and so they are jumped on to;
// what they return is seen only where they fail.
#include "named.h"

#include "preload/base/state.h"
#include "preload/explore/hold.h"
#include "preload/patch/patch.h"
#include "preload/policy/gate.h"

#include <errno.h>

/** The size that a call asks for: as many bytes as its arguments say. */
static uint64_t size_of(const struct mf_named *named,
                        const struct mf_named_registers *registers) {
    uint64_t size = named->sizes[0] ? 1 : 0;
    for (unsigned i = 0; i < 2; i++) {
        unsigned argument = named->sizes[i];
        if (argument > 0 && argument <= MF_NAMED_ARGUMENTS &&
            __builtin_mul_overflow(size, registers->arguments[argument - 1], &size)) {
            return UINT64_MAX;
        }
    }
    return size;
}

/** What a refused call returns. */
static uint64_t refused(const struct mf_named *named) {
    uintptr_t null = (uintptr_t)mf_hold_refused();
    if (named->error) {
        errno = named->error;
    }
    return named->value ? (uint64_t)named->value : null;
}

/** Called by the way in. */
void *mf_named_ask(struct mf_named_registers *registers);

__attribute__((used, visibility("hidden"))) void *
mf_named_ask(struct mf_named_registers *registers) {
    enum mf_entry entry = (enum mf_entry)(MF_ENTRY_NAMED + registers->number);
    const struct mf_named *named;
    unsigned which = mf_patch_named(entry, &named);
    if (!mf_gate_passes((enum mf_function)(MF_NAMED + which), size_of(named, registers),
                        (void *)(uintptr_t)registers->caller)) {
        registers->arguments[0] = refused(named);
        return NULL;
    }
    return mf_patch_original(entry);
}

void *const mf_patch_named_way = (void *)mf_named_way_in;
