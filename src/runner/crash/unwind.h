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

#include "runner/code/modules.h"

#include <sys/types.h>

/** A process whose threads are stopped under ptrace by the caller. */
struct unwind;

/**
 * Begin with a process. What is mapped in it is read once: end before it goes on.
 *
 * @modules
 *         Where the modules of its frames are entered; must outlive it.
 * @return
 *         NULL with errno on failure.
 */
struct unwind *unwind_open(pid_t pid, struct modules *modules);

/** End with it; NULL is fine. The threads stay stopped. */
void unwind_close(struct unwind *unwind);

/** How many frames that are no return addresses are told apart in a stack. */
#define UNWIND_EXACT_MAX 16

/** Frames of one stack. */
struct unwind_stack {
    /** Innermost first: frames[0] is where the thread stands, the others are return
     * addresses, but for the two that a signal leaves. Owned: free() it. */
    struct frame *frames;
    size_t count;
    /** Whether `most` cut it off. */
    bool cut;
    /** The indices of frames that are no return addresses; see unwind_is_exact(). */
    size_t exact[UNWIND_EXACT_MAX];
    size_t exact_count;
};

/**
 * Walk a stack.
 *
 * @tid
 *         A thread of the process, stopped.
 * @most
 *         The most frames to take; a stack overflow has hundreds of thousands.
 * @return
 *         0 with at least the frame the thread stands in, -1 with errno on failure.
 */
int unwind_walk(struct unwind *unwind, pid_t tid, size_t most,
                struct unwind_stack *stack);

/** Leave out the innermost frames of a stack; at least one stays. */
void unwind_drop(struct unwind_stack *stack, size_t count);

/** Whether a frame is where its thread stood, by itself or in a signal, rather than a
 * return address. */
bool unwind_is_exact(const struct unwind_stack *stack, size_t index);

/** Find the module an address of the process lies in. */
struct frame unwind_place(struct unwind *unwind, uint64_t address);

/**
 * Find the address of a symbol in the process, by its linker name, in the modules' symbol
 * tables.
 *
 * @return
 *         The address, or 0 where no module has it.
 */
uint64_t unwind_symbol(struct unwind *unwind, const char *name);

#endif
