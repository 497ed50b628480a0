// SPDX-License-Identifier: MIT
/**
 * The part of the channel that records live blocks, for leaks: which blocks the target's
 * first process (the slot with index 0) holds, and where they were allocated. The runner
 * reads it after the process has ended, in whatever way. In a suite each process has an
 * account of its own, in private memory, which the runner reads before the process ends.
 *
 * A block's address selects a bucket of places; the block may be in any of these. Nobody
 * waits: a block for which there is no place is counted as lost, and then the leaks of the
 * run are unknown.
 */
#ifndef MF_CORE_CHANNEL_ACCOUNT_H
#define MF_CORE_CHANNEL_ACCOUNT_H

#include "core/channel/channel.h"

/** Blocks in one region of 2^10 bytes share a bucket. */
#define MF_ACCOUNT_REGION_BITS 10
/** 2^8 neighbouring regions have neighbouring buckets, so that a small heap touches little
 * memory. */
#define MF_ACCOUNT_GROUP_BITS 8
/** Number of buckets (2^17), and of the places in each; powers of two. */
#define MF_ACCOUNT_BUCKET_BITS 17
#define MF_ACCOUNT_PLACES      32
#define MF_ACCOUNT_MAX         ((UINT64_C(1) << MF_ACCOUNT_BUCKET_BITS) * MF_ACCOUNT_PLACES)
/** The maximum number of origins; a power of two. */
#define MF_ORIGINS_MAX 16384

/** How origins are distinguished. */
enum mf_account_mode {
    MF_ACCOUNT_OFF,
    /** By the call site, and the call site of its function. */
    MF_ACCOUNT_SITES,
    /** By the whole stack. */
    MF_ACCOUNT_STACKS,
};

/** A live block. */
struct mf_held {
    uint64_t size;
    /** One more than the index of its origin. */
    uint64_t origin;
};

/** An origin: where blocks are allocated. Its frames are apart, so that the origins of a process
 * are few pages. */
struct mf_origin {
    /** Id of the stack, or of the part of it that the mode uses. Set before the index refers
     * to this origin. */
    uint64_t id;
    /** Id of the call site alone. */
    uint64_t caller_id;
    /** Id of the call site of a realloc() that was made to fail: had it succeeded, this would
     * be the origin of the blocks. 0 = there was none. */
    uint64_t instead;
    /** Number of live blocks, and the sum of their sizes as asked for, in bytes. */
    _Atomic uint64_t blocks, bytes;
    uint64_t frame_count;
};

/** The whole account; it begins in the channel's file at mf_explore's `account_offset`, or is
 * private memory of the process (mf_explore's `account_private`): then a fork copies it. */
struct mf_account {
    /** The address of the block in each place; 0 = free. */
    _Atomic uint64_t addresses[MF_ACCOUNT_MAX];
    /** The blocks of the same places. */
    struct mf_held held[MF_ACCOUNT_MAX];
    /** What distinguishes a private account from those of other images of the same process. */
    uint64_t serial;
    /** Number of blocks for which, or for whose origin, there was no room. */
    _Atomic uint64_t lost;
    _Atomic uint64_t origins_used;
    struct mf_origin origins[MF_ORIGINS_MAX];
    /** Innermost first. */
    struct mf_frame frames[MF_ORIGINS_MAX][MF_FRAMES_MAX];
    /** A hash table of the origins by id: one more than the index of an origin; 0 = free,
     * UINT32_MAX = the origin is being written. */
    _Atomic uint32_t index[4 * MF_ORIGINS_MAX];
};

#endif
