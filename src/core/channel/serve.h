// SPDX-License-Identifier: MIT
/**
 * The part of the channel that servers under test use: what the server is doing, and the
 * stack whose next allocation is to fail.
 *
 * All processes of the server share it. Each allocation's stack is entered in the table of
 * stacks. The first allocation with the wanted stack clears `wanted` and fails. Nobody waits.
 */
#ifndef MF_CORE_CHANNEL_SERVE_H
#define MF_CORE_CHANNEL_SERVE_H

#include <stdatomic.h>
#include <stdint.h>

/** What the server is doing; the runner sets it. Each phase has a bit in `seen`. */
enum mf_serve_phase {
    /** The server is starting and not ready yet. */
    MF_SERVE_START,
    /** No drive is running, or a health check is. */
    MF_SERVE_BETWEEN,
    /** A drive is running in which nothing fails. */
    MF_SERVE_LEARN,
    /** A drive is running in which the wanted stack fails. */
    MF_SERVE_TRY,
};

/** A stack of the server; belongs to the entry with the same index in the table of stacks. */
struct mf_serve_stack {
    /** A set of 1 << enum mf_serve_phase: the phases in which it allocated. */
    _Atomic uint32_t seen;
};

struct mf_serve {
    /** enum mf_serve_phase */
    _Atomic uint32_t phase;
    /** One more than the index of the stack whose next allocation is to fail; 0 = none.
     * The thread whose allocation fails clears it. */
    _Atomic uint32_t wanted;
    /** Number of allocations for whose stack the table had no room. */
    _Atomic uint64_t unlisted;
};

#endif
