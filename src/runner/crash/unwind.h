// SPDX-License-Identifier: MIT
/**
 * Stacks of stopped threads, raw: modules and offsets, no names. With debuginfo.c the
 * only user of libdwfl.
 *
 * Raw frames need nothing but .eh_frame, so no debug file is looked for here and a stack
 * is there in well under a millisecond; names are looked up later, once for each distinct
 * place.
 */
#ifndef MF_RUNNER_CRASH_UNWIND_H
#define MF_RUNNER_CRASH_UNWIND_H

#include "runner/crash/rawstack.h"
#include "runner/crash/stopped.h"

/** What a walk reads of the stack for the innermost frames, in its order, by the distance from
 * the stack pointer: with the registers, all that they depend on. */
#define UNWIND_READS_MAX 160
#define UNWIND_REACH_MAX (UINT64_C(1) << 20)
struct unwind_reads {
    uint32_t offsets[UNWIND_READS_MAX];
    /** 0 = it cannot be told. */
    size_t count;
};

/** What walks the stacks of one stopped process. */
struct unwind;

/** Begin with a process, which must outlive it; NULL with errno on failure. */
struct unwind *unwind_open(struct stopped *stopped);

/**
 * Go on with what stopped_renew() has turned to another process of the same files.
 *
 * @return
 *         False where it is of no more use.
 */
bool unwind_renew(struct unwind *unwind);

/** End with it; NULL is fine. */
void unwind_close(struct unwind *unwind);

/**
 * Walk the stack of the thread that the stopped process is turned to.
 *
 * @most
 *         The most frames to take; a stack overflow has hundreds of thousands.
 * @return
 *         0 with at least the frame the thread stands in, -1 with errno on failure.
 */
int unwind_walk(struct unwind *unwind, size_t most, struct raw_stack *stack);

/** What the last walk read for RAW_STACK_PLACE_FRAMES frames. */
const struct unwind_reads *unwind_reads(const struct unwind *unwind);

/** Where a function returns to, and where on the stack that is written. */
struct unwind_return {
    uint64_t address, slot;
};

/**
 * Find out where the functions of that stack return to.
 *
 * @returns
 *         One for each frame, innermost first; the first one is where the thread stands.
 * @return
 *         How many there are; 0 where they are too many, or on failure.
 */
size_t unwind_returns(struct unwind *unwind, struct unwind_return *returns, size_t room);

#endif
