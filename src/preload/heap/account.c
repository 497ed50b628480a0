// SPDX-License-Identifier: MIT
#include "preload/heap/account.h"

#include "core/channel/stackid.h"
#include "core/policy/mix.h"
#include "preload/base/limits.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/stack/modules.h"
#include "preload/stack/stack.h"

#include <string.h>

/** An index entry that is being written. */
#define BUSY UINT32_MAX
/** How far an origin may be from where its id leads. */
#define REACH 64

/** A process that may not have so many times the size of an account keeps none. */
#define ROOM 16

struct mf_account *mf_account;

/** Whether it is memory of this process, which a fork copies together with the heap. */
static bool is_private;
/** Whether origins are whole stacks. */
static bool by_stack;

/** A stack, as far as it is needed. */
struct walk {
    struct mf_stackid folded;
    uint64_t caller_id;
    unsigned depth, wanted;
    uintptr_t frames[MF_FRAMES_MAX];
};

void mf_account_map(const struct mf_memory *memory) {
    const struct mf_explore *explore = &mf.head->explore;
    uint64_t offset = explore->account_offset;
    bool fits =
        offset <= memory->size && sizeof(struct mf_account) <= memory->size - offset;
    if (explore->account_mode != MF_ACCOUNT_OFF && fits) {
        mf_account = mf_memory_map(memory, offset, sizeof(struct mf_account));
        by_stack = explore->account_mode == MF_ACCOUNT_STACKS;
    }
}

void mf_account_renew(void) {
    if (mf_account && is_private) {
        mf_account->serial = mf_now();
    }
}

void mf_account_begin(void) {
    // The program must not lack address space because of it.
    if (mf.head && mf.head->explore.account_private &&
        mf_limits_allow(ROOM * sizeof(struct mf_account))) {
        mf_account = mf_sys_reserve_memory(sizeof(struct mf_account));
        is_private = by_stack = true;
        mf_account_renew();
    }
}

void mf_account_show(uint64_t *address, uint64_t *serial) {
    *address = is_private ? (uintptr_t)mf_account : 0;
    *serial = *address ? mf_account->serial : 0;
}

bool mf_account_kept(void) {
    // A child of a fork has a heap of its own, and no say in an account that is shared.
    return mf_account && (is_private || (mf.process && mf.process == &mf.slots[0]));
}

/** The first place of an address's bucket. */
static uint64_t bucket_of(uint64_t address) {
    const uint64_t group = (UINT64_C(1) << MF_ACCOUNT_GROUP_BITS) - 1;
    uint64_t region = address >> MF_ACCOUNT_REGION_BITS;
    uint64_t mixed = mf_mix(region >> MF_ACCOUNT_GROUP_BITS) << MF_ACCOUNT_GROUP_BITS;
    uint64_t bucket =
        (mixed | (region & group)) & ((UINT64_C(1) << MF_ACCOUNT_BUCKET_BITS) - 1);
    return bucket * MF_ACCOUNT_PLACES;
}

/** The place in a bucket to look at first, and the next ones. */
static uint64_t place_of(uint64_t bucket, uint64_t address, unsigned turn) {
    return bucket + ((address >> 5) + turn) % MF_ACCOUNT_PLACES;
}

void mf_account_put_back(const void *block, const struct mf_held *known) {
    struct mf_origin *origin = &mf_account->origins[known->origin - 1];
    uint64_t address = (uintptr_t)block;
    uint64_t bucket = bucket_of(address);
    for (unsigned i = 0; i < MF_ACCOUNT_PLACES; i++) {
        uint64_t at = place_of(bucket, address, i);
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&mf_account->addresses[at], &none, address)) {
            mf_account->held[at] = *known;
            atomic_fetch_add(&origin->blocks, 1);
            atomic_fetch_add(&origin->bytes, known->size);
            return;
        }
    }
    atomic_fetch_add(&mf_account->lost, 1);
}

struct mf_held mf_account_take(const void *block) {
    struct mf_held known = {0, 0};
    uint64_t address = (uintptr_t)block;
    uint64_t bucket = bucket_of(address);
    for (unsigned i = 0; i < MF_ACCOUNT_PLACES; i++) {
        uint64_t at = place_of(bucket, address, i);
        if (atomic_load(&mf_account->addresses[at]) == address) {
            known = mf_account->held[at];
            atomic_store(&mf_account->addresses[at], 0);
            break;
        }
    }
    // Another process may have scribbled over it.
    known.origin = known.origin <= MF_ORIGINS_MAX ? known.origin : 0;
    if (known.origin) {
        struct mf_origin *origin = &mf_account->origins[known.origin - 1];
        atomic_fetch_sub(&origin->blocks, 1);
        atomic_fetch_sub(&origin->bytes, known.size);
    }
    return known;
}

/** mf_stack_walk()'s question: take one frame into account. */
static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    struct walk *walk = context;
    mf_stackid_push(&walk->folded, frame->module, frame->offset, frame->function);
    if (walk->depth == 0) {
        walk->caller_id = walk->folded.id;
    }
    if (walk->depth < MF_FRAMES_MAX) {
        walk->frames[walk->depth] = frame->address;
    }
    return ++walk->depth < walk->wanted;
}

/** Walk so many frames up. */
static void walk_up(struct walk *walk, void *caller, unsigned wanted) {
    mf_stackid_begin(&walk->folded);
    walk->depth = 0;
    walk->wanted = wanted;
    mf_stack_walk((uintptr_t)caller, on_frame, walk);
}

/** An origin that is looked for, or made. */
struct wanted {
    uint64_t id, instead;
    const struct walk *walk;
    /** What it has its frames of, instead of a walk. */
    const struct mf_origin *like;
};

/** Write down the frames of a walk. */
static void put_frames(struct mf_origin *origin, struct mf_frame *frames,
                       const struct walk *walk) {
    origin->caller_id = walk->caller_id;
    origin->frame_count = walk->depth < MF_FRAMES_MAX ? walk->depth : MF_FRAMES_MAX;
    for (unsigned i = 0; i < origin->frame_count; i++) {
        const struct mf_range *range = mf_modules_find(walk->frames[i]);
        frames[i].module = range ? range->module : MF_MODULES_MAX;
        frames[i].offset = walk->frames[i] - (range ? range->base : 0);
    }
}

/** Write a new origin down; its index plus 1, 0 if there is no room. */
static uint32_t describe(const struct wanted *wanted) {
    uint64_t at = atomic_fetch_add(&mf_account->origins_used, 1);
    if (at >= MF_ORIGINS_MAX) {
        return 0;
    }
    struct mf_origin *origin = &mf_account->origins[at];
    struct mf_frame *frames = mf_account->frames[at];
    if (wanted->like) {
        origin->caller_id = wanted->like->caller_id;
        origin->frame_count = wanted->like->frame_count;
        memcpy(frames, mf_account->frames[wanted->like - mf_account->origins],
               sizeof(mf_account->frames[at]));
    } else {
        put_frames(origin, frames, wanted->walk);
    }
    origin->id = wanted->id;
    origin->instead = wanted->instead;
    return (uint32_t)at + 1;
}

/** Find an origin, or make it; its index plus 1, 0 if there is no room. */
static uint32_t origin_of(const struct wanted *wanted) {
    const uint64_t mask = 4 * MF_ORIGINS_MAX - 1;
    uint64_t key = mf_mix(wanted->id ^ mf_mix(wanted->instead));
    for (unsigned i = 0; i < REACH; i++) {
        _Atomic uint32_t *entry = &mf_account->index[(key + i) & mask];
        uint32_t known = atomic_load(entry);
        if (known == 0 && atomic_compare_exchange_strong(entry, &known, BUSY)) {
            uint32_t made = describe(wanted);
            atomic_store(entry, made);
            return made;
        }
        // One that is being written may be the same: then there are two of it.
        if (known != BUSY && known <= MF_ORIGINS_MAX &&
            mf_account->origins[known - 1].id == wanted->id &&
            mf_account->origins[known - 1].instead == wanted->instead) {
            return known;
        }
    }
    return 0;
}

/** Note a block with its origin; without one it is lost. */
static void put(const void *block, const struct mf_held *known) {
    if (known->origin) {
        mf_account_put_back(block, known);
    } else {
        atomic_fetch_add(&mf_account->lost, 1);
    }
}

void mf_account_refuse(const void *block, void *caller) {
    struct mf_held known = mf_account_take(block);
    if (!known.origin) {
        return;
    }
    struct walk walk;
    walk_up(&walk, caller, 1);
    const struct mf_origin *origin = &mf_account->origins[known.origin - 1];
    const struct wanted wanted = {origin->id, walk.caller_id, NULL, origin};
    known.origin = origin_of(&wanted);
    put(block, &known);
}

void mf_account_add(const void *block, uint64_t size, void *caller) {
    struct walk walk;
    walk_up(&walk, caller, by_stack ? MF_STACKID_DEPTH : 2);
    const struct wanted wanted = {walk.folded.id, 0, &walk, NULL};
    const struct mf_held known = {size, origin_of(&wanted)};
    put(block, &known);
}
