// SPDX-License-Identifier: MIT
/** Places in a JSON text: how deep it nests, and where the value of a JSON path
 * begins. */
#ifndef MF_CORE_POLICY_LOCATE_H
#define MF_CORE_POLICY_LOCATE_H

#include <stddef.h>

/** Most steps of a path that can be followed. */
#define MF_LOCATE_STEPS_MAX 8

/** One step down: into an object's member, or into an array's element. */
struct mf_locate_step {
    /** The member's name, or NULL for an element. */
    const char *key;
    /** The element's index from 0. */
    size_t index;
};

/** A place in a text, 1-based; the column counts bytes. */
struct mf_locate_place {
    int line, column;
};

/** The deepest nesting of arrays and objects in a text, ignoring strings. Accepts any
 * text. */
size_t mf_locate_depth(const char *text, size_t length);

/** Line and column of a byte of the text. */
struct mf_locate_place mf_locate_offset(const char *text, size_t offset);

/**
 * Find the value that a path leads to in a valid JSON text.
 *
 * @steps
 *         The path from the root.
 * @at_key
 *         Whether to return the place of the last step's key instead of its value's.
 * @return
 *         The place; if a step leads nowhere, that of the innermost value reached.
 */
struct mf_locate_place mf_locate_path(const char *text, size_t length,
                                      const struct mf_locate_step *steps, size_t count,
                                      int at_key);

#endif
