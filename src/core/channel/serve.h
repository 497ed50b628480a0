// SPDX-License-Identifier: MIT
/**
 * The part of the channel that servers under test use: what the server is doing, and the
 * stack of the allocation that is to fail next.
 *
 * All processes of the server share it. Each allocation's stack goes into the table of
 * stacks; the first one with the wanted stack takes the wish and fails. Nobody waits.
 */
#ifndef MF_CORE_CHANNEL_SERVE_H
#define MF_CORE_CHANNEL_SERVE_H

#include <stdatomic.h>
#include <stdint.h>

/** What the server is doing, as the runner says; a bit of `seen` for each. */
enum mf_serve_phase {
    /** It starts: it is not ready yet. */
    MF_SERVE_START,
    /** Nobody drives it, or its health is looked at. */
    MF_SERVE_BETWEEN,
    /** A drive is under way in which nothing fails. */
    MF_SERVE_LEARN,
    /** A drive is under way in which the wanted stack fails. */
    MF_SERVE_TRY,
};

/** A stack of the server, beside the entry of the same index in the table of stacks. */
struct mf_serve_stack {
    /** A set of 1 << enum mf_serve_phase: when there was an allocation of it. */
    _Atomic uint32_t seen;
};

struct mf_serve {
    /** enum mf_serve_phase */
    _Atomic uint32_t phase;
    /** One more than the index of the stack whose next allocation is to fail; 0 = none.
     * Whoever fails it clears it. */
    _Atomic uint32_t wanted;
    /** Allocations whose stack found no room in the table. */
    _Atomic uint64_t unlisted;
};

#endif
