// SPDX-License-Identifier: MIT
/**
 * An arena: memory handed out front to back from one block that the caller owns.
 *
 * Not thread-safe; the caller ensures that only one thread uses an arena at a time. Calls
 * nothing, so it is safe in a signal handler that does not interrupt a use of the arena.
 */
#ifndef MF_CORE_POLICY_ARENA_H
#define MF_CORE_POLICY_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/** What every block of an arena is aligned to, in bytes. */
#define MF_ARENA_ALIGN 16

struct mf_arena {
    /** The memory, aligned to MF_ARENA_ALIGN; owned by the caller. */
    unsigned char *memory;
    /** Its size in bytes. */
    size_t size;
    /** How much of it is handed out. */
    size_t used;
    /** The most that was ever handed out. */
    size_t peak;
};

/**
 * Take a block.
 *
 * @align
 *         A power of two; values below MF_ARENA_ALIGN are raised to it.
 * @size
 *         Bytes; 0 is treated as 1.
 * @return
 *         The block, not zeroed, or NULL when the arena is used up.
 */
void *mf_arena_take(struct mf_arena *arena, size_t align, size_t size);

/** Give a block back: only the newest one frees its room, any other waits for the end. */
void mf_arena_give(struct mf_arena *arena, void *block);

/** The size of a block in bytes, as asked for when it was taken. */
size_t mf_arena_size(const struct mf_arena *arena, const void *block);

/** Whether a pointer points into the arena. */
bool mf_arena_owns(const struct mf_arena *arena, const void *pointer);

#endif
