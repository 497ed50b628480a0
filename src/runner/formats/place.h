// SPDX-License-Identifier: MIT
/** Places in a document's stacks: what they are called, and where their source is. */
#ifndef MF_RUNNER_FORMATS_PLACE_H
#define MF_RUNNER_FORMATS_PLACE_H

#include "runner/formats/document.h"

/** A frame of a stack. All texts belong to the document; NULL = unknown. */
struct place {
    const char *function, *short_name, *module, *offset;
    /** As the compiler had it, and where the compiler ran. */
    const char *file, *directory;
    /** 0 = unknown. */
    int line;
    bool inlined;
};

/** Read a frame; all unknown if it is not one. */
struct place place_read(const struct document *document, const json_t *frame);

/** "parse.c:7", or "libjq.so+0x12a18" where the source is not known; to be freed, NULL
 * when memory ran out. */
char *place_label(const struct document *document, const struct place *place);

/** The function's name, "?" where it is not known. */
const char *place_function(const struct place *place);

/** The absolute path of the source file, which need not be there; to be freed, NULL where
 * it is not known. */
char *place_path(const struct document *document, const struct place *place);

/** The part of an absolute path below the root of the sources; NULL = not below it. */
const char *place_relative(const struct document *document, const char *path);

/** Whether the source is below the root of the sources. */
bool place_is_own(const struct document *document, const struct place *place);

/** The frames of where a finding broke, and of the allocation that failed: arrays, or
 * NULL. */
const json_t *place_crash_frames(const json_t *finding);
const json_t *place_failed_frames(const json_t *finding);

/** How many frames of a stack, innermost first, there are before libc's way to main. */
size_t place_count(const json_t *frames);

/** The frame of a stack to point at: the innermost one with a source of the user's, or
 * the innermost; NULL if there is none. */
const json_t *place_of_stack(const struct document *document, const json_t *frames);

/**
 * The frame to point at, of where it broke or of the allocation that failed: the one to
 * blame if its source is known, or the innermost one with a source of the user's.
 *
 * @return
 *         NULL if there is none.
 */
const json_t *place_of_crash(const struct document *document, const json_t *finding);
const json_t *place_of_failure(const struct document *document, const json_t *finding);

#endif
