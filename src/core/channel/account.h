// SPDX-License-Identifier: MIT
/**
 * The part of the channel that keeps account of live blocks, for leaks: which blocks the
 * target's first process (the slot with index 0) holds, and where they come from. It is
 * read after the process has ended, however that was.
 *
 * A block's address leads to a bucket of places, all of which it may be in. Nobody waits:
 * what finds no place is counted as lost, and then nothing can be said.
 */
#ifndef MF_CORE_CHANNEL_ACCOUNT_H
#define MF_CORE_CHANNEL_ACCOUNT_H

#include "core/channel/channel.h"

/** Heap in so many bytes (a power of two) shares a bucket. */
#define MF_ACCOUNT_REGION_BITS 10
/** Neighbouring buckets, so that a small heap touches little memory. */
#define MF_ACCOUNT_GROUP_BITS 8
/** All buckets, and the places of each; powers of two. */
#define MF_ACCOUNT_BUCKET_BITS 17
#define MF_ACCOUNT_PLACES      32
#define MF_ACCOUNT_MAX         ((UINT64_C(1) << MF_ACCOUNT_BUCKET_BITS) * MF_ACCOUNT_PLACES)
/** The most places in code that blocks come from; a power of two. */
#define MF_ORIGINS_MAX 16384

/** How origins are told apart. */
enum mf_account_mode {
    MF_ACCOUNT_OFF,
    /** By the call site, and its function's. */
    MF_ACCOUNT_SITES,
    /** By the whole stack. */
    MF_ACCOUNT_STACKS,
};

/** What is known of a live block. */
struct mf_held {
    uint64_t size;
    /** Its origin's index, plus 1. */
    uint64_t origin;
};

/** Where blocks come from. */
struct mf_origin {
    /** Of the stack, as far as it matters. Set before the index leads here. */
    uint64_t id;
    /** Of the call site alone. */
    uint64_t caller_id;
    /** Of the call site of a realloc() that was refused: had it moved the blocks, they
     * would come from there. 0 = there was none. */
    uint64_t instead;
    /** Live blocks, and the bytes they were asked for. */
    _Atomic uint64_t blocks, bytes;
    uint64_t frame_count;
    /** Innermost first. */
    struct mf_frame frames[MF_FRAMES_MAX];
};

/** All of it, as it lies in the channel's file from mf_explore's `account_offset` on. */
struct mf_account {
    /** 0 = free. */
    _Atomic uint64_t addresses[MF_ACCOUNT_MAX];
    /** The same places. */
    struct mf_held held[MF_ACCOUNT_MAX];
    /** Blocks that found no place, or no room for their origin. */
    _Atomic uint64_t lost;
    _Atomic uint64_t origins_used;
    /** Origins by their ids: index plus 1; 0 = free, UINT32_MAX = being written. */
    _Atomic uint32_t index[4 * MF_ORIGINS_MAX];
    struct mf_origin origins[MF_ORIGINS_MAX];
};

#endif
