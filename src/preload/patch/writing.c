// SPDX-License-Identifier: MIT
#include "preload/patch/writing.h"

#include "core/channel/trace.h"
#include "jump.h"
#include "preload/base/env.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/patch/code.h"
#include "preload/patch/patch.h"

#include <string.h>
#include <sys/auxv.h>

/** Where jumps lead to, and what runs there, is at best in one line of the processor's: measured,
 * a pair of jemalloc's takes 1.07 to 1.08 times as long with its gate at the beginning of
 * one, 1.17 times 48 bytes behind that. */
#define LINE        64
#define LINES(size) (((size) + LINE - 1) / LINE * LINE)

/** What a patch takes in the place near the program: a far jump to ours, and the copy. */
#define ROOM LINES(MF_JUMP_FAR + MF_PATCH_COPY_MAX)

/** The same for the gate in front of malloc, which has a copy of its own, and comes first. */
#define GATE_ROOM LINES(MF_JUMP_GATE + MF_PATCH_COPY_MAX + MF_JUMP_FAR)

/** Whether a patch is of the file whose turn it is. */
static bool is_turn(const struct mf_writing *writing, const struct mf_patch *patch) {
    return patch->file == writing->which;
}

static unsigned char *entry_of(const struct mf_writing *writing,
                               const struct mf_patch *patch) {
    return (unsigned char *)(uintptr_t)(writing->bias + patch->address);
}

/** How many calls among its functions are led past the jumps: only in the first file there
 * are some. */
static uint32_t inner_count(const struct mf_writing *writing) {
    return writing->which == 0 ? writing->patches->inner_count : 0;
}

/** Whether the runner's numbers make sense, and the code is as they have it. */
static bool is_as_planned(const struct mf_writing *writing) {
    if (writing->patches->inner_count > MF_PATCH_INNER_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < writing->patches->count; i++) {
        const struct mf_patch *patch = &writing->patches->list[i];
        if (!is_turn(writing, patch)) {
            continue;
        }
        if (patch->entry >= MF_ENTRY_COUNT || patch->named >= MF_NAMED_MAX ||
            patch->taken > MF_PATCH_TAKEN_MAX || patch->copied > MF_PATCH_COPY_MAX ||
            patch->fixes > MF_PATCH_FIXES_MAX || patch->address < writing->file->low ||
            patch->address > writing->file->high ||
            memcmp(entry_of(writing, patch), patch->before, patch->taken) != 0) {
            return false;
        }
    }
    for (uint32_t i = 0; i < inner_count(writing); i++) {
        const struct mf_patch_inner *inner = &writing->patches->inner[i];
        if (inner->address < writing->file->low ||
            inner->address > writing->file->high - MF_JUMP_DISTANCE) {
            return false;
        }
    }
    return true;
}

/** Whether a function is patched here, and not only called. */
static bool is_jumped(const struct mf_writing *writing, const struct mf_patch *patch) {
    bool of_blocks =
        patch->entry == MF_ENTRY_FREE || patch->entry == MF_ENTRY_USABLE_SIZE;
    return patch->taken && !(patch->calls && writing->shadowed) &&
           (!of_blocks || writing->follows);
}

/** A patch's part of the place. */
static unsigned char *room_of(const struct mf_writing *writing, uint32_t index) {
    return writing->place + GATE_ROOM + index * ROOM;
}

/** Where a function goes on as it was: its copy, or itself. */
static uintptr_t original_of(const struct mf_writing *writing, uint64_t entry) {
    for (uint32_t i = 0; i < writing->patches->count; i++) {
        const struct mf_patch *patch = &writing->patches->list[i];
        if (patch->entry == entry) {
            return (uintptr_t)(is_jumped(writing, patch)
                                   ? room_of(writing, i) + MF_JUMP_FAR
                                   : entry_of(writing, patch));
        }
    }
    return 0;
}

/** Adapt a copy to where things lie. */
static void fix(const struct mf_writing *writing, unsigned char *copy,
                const struct mf_patch_fix *fix) {
    uint64_t target = fix->kind == MF_PATCH_ORIGINAL ? original_of(writing, fix->target)
                                                     : writing->bias + fix->target;
    int64_t distance = (int64_t)(target - (uintptr_t)(copy + fix->end));
    int32_t near = (int32_t)distance;
    switch (fix->kind) {
    case MF_PATCH_NEAR:
    case MF_PATCH_ORIGINAL:
        memcpy(copy + fix->at, &near, sizeof(near));
        break;
    case MF_PATCH_ADDRESS:
        memcpy(copy + fix->at, &target, sizeof(target));
        break;
    case MF_PATCH_BRANCH26:
        mf_jump_put_words(copy + fix->at, distance);
        break;
    }
}

/** The number by which a patched function is known to who is asked. */
static uint32_t number_of(const struct mf_writing *writing, uint32_t index) {
    uint32_t entry = writing->patches->list[index].entry;
    if (writing->later) {
        return writing->later + index;
    }
    if (entry >= MF_ENTRY_NAMED) {
        return entry - MF_ENTRY_NAMED;
    }
    return (entry < MF_ENTRY_NEW && writing->follows ? MF_PATCH_FOLLOWED : MF_PATCH_OWN) +
           entry;
}

/** Write the far jump to what a patch's jump leads to; false where that is nothing. */
static bool write_far(const struct mf_writing *writing, uint32_t index,
                      unsigned char *to) {
    uint32_t entry = writing->patches->list[index].entry;
    if (entry >= MF_ENTRY_THROW_BAD_ALLOC && entry < MF_ENTRY_STRDUP) {
        return false;
    }
    if (entry >= MF_ENTRY_STRDUP && entry < MF_ENTRY_NAMED) {
        mf_jump_far(to, (uintptr_t)mf_patch_copiers[entry - MF_ENTRY_STRDUP], 0);
    } else {
        mf_jump_kept(to, (uintptr_t)mf_patch_named_way, number_of(writing, index));
    }
    return true;
}

/** Write a copy, and adapt it. */
static void write_copy(const struct mf_writing *writing, const struct mf_patch *patch,
                       unsigned char *copy) {
    memcpy(copy, patch->copy, patch->copied);
    for (unsigned k = 0; k < patch->fixes; k++) {
        fix(writing, copy, &patch->fix[k]);
    }
}

/** Where malloc's gate is. */
static unsigned char *gate_of(const struct mf_writing *writing) {
    return writing->place;
}

/** Whether a function has a gate: malloc, unless its blocks are followed or recorded, or come
 * from somewhere else. */
static bool has_gate(const struct mf_writing *writing, const struct mf_patch *patch) {
    return MF_JUMP_GATE > 0 && patch->entry == MF_MALLOC && !writing->later &&
           !writing->follows && !writing->replaced && !mf_env_find(MF_TRACE_VARIABLE);
}

/** Write the fast path of our malloc in front of a copy of the program's: what passes
 * needs no way to the library and back. */
static void write_gate(const struct mf_writing *writing, uint32_t index) {
    // What says that jumps may lead to a copy is not needed here, and the gate ends in its
    // place.
    enum { LANDING = 4, FIRST = MF_JUMP_GATE > LANDING ? MF_JUMP_GATE - LANDING : 0 };
    unsigned char *gate = gate_of(writing);
    unsigned char *asked = gate + MF_JUMP_GATE + MF_PATCH_COPY_MAX;
    write_copy(writing, &writing->patches->list[index], gate + FIRST);
    mf_jump_gate(gate, &mf_self.gate, asked);
    mf_jump_kept(asked, (uintptr_t)mf_patch_named_way, MF_PATCH_COUNTED);
}

_Static_assert(offsetof(struct mf_thread_counter, left) == 0, "as the gate reads it");

/** Write the far jumps and the copies. */
static bool fill_place(const struct mf_writing *writing) {
    for (uint32_t i = 0; i < writing->patches->count; i++) {
        const struct mf_patch *patch = &writing->patches->list[i];
        unsigned char *copy = room_of(writing, i) + MF_JUMP_FAR;
        bool ours = is_turn(writing, patch) && is_jumped(writing, patch) &&
                    write_far(writing, i, copy - MF_JUMP_FAR);
        if (ours) {
            write_copy(writing, patch, copy);
        }
        if (ours && has_gate(writing, patch)) {
            write_gate(writing, i);
        }
    }
    return mf_code_close(writing->place, writing->size);
}

/** Lead a call of one function by another past the jump. */
static bool write_inner(const struct mf_writing *writing,
                        const struct mf_patch_inner *inner) {
    unsigned char *at = (unsigned char *)(uintptr_t)(writing->bias + inner->address);
    unsigned char bytes[MF_JUMP_DISTANCE];
    memcpy(bytes, at, sizeof(bytes));
    mf_jump_lead(bytes, (int64_t)(original_of(writing, inner->entry) - (uintptr_t)at));
    return mf_code_write(at, bytes, sizeof(bytes));
}

/** Write all jumps. */
static bool write_jumps(const struct mf_writing *writing) {
    bool fine = true;
    uint64_t signals = mf_sys_block_signals();
    for (uint32_t i = 0; i < writing->patches->count && fine; i++) {
        const struct mf_patch *patch = &writing->patches->list[i];
        unsigned char *entry = entry_of(writing, patch);
        unsigned char *far = room_of(writing, i);
        if (!is_turn(writing, patch)) {
            continue;
        }
        bool jumped = is_jumped(writing, patch);
        writing->note(patch, i, jumped ? far + MF_JUMP_FAR : entry);
        if (jumped) {
            unsigned char jump[MF_JUMP_NEAR];
            mf_jump_near(jump,
                         (has_gate(writing, patch) ? gate_of(writing) : far) - entry);
            fine = mf_code_write(entry, jump, sizeof(jump));
        }
    }
    for (uint32_t i = 0; i < inner_count(writing) && fine; i++) {
        fine = write_inner(writing, &writing->patches->inner[i]);
    }
    mf_sys_restore_signals(signals);
    return fine;
}

/** Take the place near the file. */
static bool take_place(struct mf_writing *writing) {
    uint64_t page = getauxval(AT_PAGESZ);
    size_t size = writing->patches->count * ROOM + GATE_ROOM;
    writing->size = (size + page - 1) & ~(page - 1);
    writing->place =
        mf_code_take_near(writing->bias + writing->file->low,
                          writing->bias + writing->file->high, writing->size);
    return writing->place;
}

enum mf_patch_state mf_writing_run(struct mf_writing *writing) {
    writing->shadowed = mf_jump_is_shadowed();
    if (!is_as_planned(writing)) {
        return MF_PATCH_CHANGED;
    }
    if (MF_JUMP_REACH == 0 || !take_place(writing)) {
        return MF_PATCH_NO_ROOM;
    }
    return fill_place(writing) && write_jumps(writing) ? MF_PATCH_DONE : MF_PATCH_REFUSED;
}
