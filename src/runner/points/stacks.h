// SPDX-License-Identifier: MIT
/**
 * The distinct stacks of a clean run, and their call sites.
 *
 * A stack's call site is its innermost frame outside the C and C++ run-time libraries: the code
 * that asked for memory, by malloc, strdup, fopen or operator new, and has to handle the
 * failure. If all frames are in these libraries, it is the innermost one. The program's own
 * allocation wrappers are skipped as well, once they are known; see wrappers.h.
 */
#ifndef MF_RUNNER_POINTS_STACKS_H
#define MF_RUNNER_POINTS_STACKS_H

#include "runner/code/modules.h"
#include "runner/target/channelfile.h"

#include <stdbool.h>

/** Maximum number of distinct stacks, and of the frames of all of them. */
#define STACKS_ROOM   (UINT64_C(1) << 18)
#define STACKS_FRAMES (UINT64_C(1) << 21)
/** How many bytes of a channel's file they take. */
#define STACKS_BYTES                                                                     \
    (STACKS_ROOM * sizeof(struct mf_stack) + STACKS_FRAMES * sizeof(struct mf_frame))

/** Maximum number of patterns of one kind. */
#define STACKS_GLOBS_MAX 32

/** Patterns for modules or functions, as the user gave them. */
struct stacks_globs {
    const char *list[STACKS_GLOBS_MAX];
    unsigned count;
};

struct stacks_entry {
    uint64_t id;
    /** The number of its first allocation, and how many allocations it has. */
    uint64_t number, allocations;
    /** The size of the first one in bytes, and its function, an enum mf_function. */
    uint64_t size;
    uint32_t function;
    /** The index of its innermost frame, and the number of its frames; 0 = unknown. */
    uint32_t first, count;
    /** The number of frames up to and including the call site; and up to and including the
     * innermost frame outside the run-time libraries, which may be in a wrapper. */
    uint32_t near, own;
    /** Index of its call site. */
    uint32_t site;
    /** Whether the user's options exclude it from failures. */
    bool left_out;
    /** Whether it may stand for several stacks: frames are missing, or have no module. */
    bool cut;
};

struct stacks {
    /** By id. */
    struct stacks_entry *list;
    size_t count;
    struct frame *frames;
    size_t frame_count;
    /** The distinct places of all frames outside the run-time libraries, and the distinct
     * call sites, by module and offset; one without a module has no offset. */
    struct frame *places, *sites;
    size_t place_count, site_count;
    /** How many stacks and sites are left out. */
    size_t stacks_out, sites_out;
    /** The modules of frames and sites, and which of them are C or C++ run-time libraries. */
    struct modules modules;
    bool *runtime;
};

/** Let the library keep them at this offset of the channel's file, a multiple of the page
 * size. */
void stacks_ask(struct mf_explore *explore, uint64_t offset);

/**
 * Read the stacks from a channel.
 *
 * @offset
 *         Their offset in the channel's file.
 * @ids
 *         The stack id of each allocation, from number 1 on; 0 = unknown, does not count as a
 *         stack.
 * @return
 *         0 on success, -1 when memory ran out, with nothing to destroy.
 */
int stacks_read(struct stacks *stacks, const struct channel *channel, uint64_t offset,
                const uint64_t *ids, size_t count);

/** Find the distinct call sites again after `near` has changed; 0 on success, -1 when memory ran
 * out. */
int stacks_settle(struct stacks *stacks);

/** Whether a frame is in a run-time library. */
bool stacks_is_runtime(const struct stacks *stacks, const struct frame *frame);

/** The index of a frame's place; it is outside the run-time libraries. */
size_t stacks_place(const struct stacks *stacks, const struct frame *frame);

/** The stack with an id; NULL if there is none. */
struct stacks_entry *stacks_find(const struct stacks *stacks, uint64_t id);

/**
 * Whether a stack belongs to a module that matches a pattern: the module of the call site, or of
 * a run-time library or a wrapper between the call site and the allocation. With "stack:" before
 * the pattern, any module of the stack may match. A pattern with a slash is matched with whole
 * paths.
 */
bool stacks_match(const struct stacks *stacks, const struct stacks_entry *entry,
                  const char *glob);

/** Exclude stacks that match none of `only` (unless it is empty), stacks that match one of
 * `skip`, and each stack for which `out` (NULL = none) is true; 0 on success, -1 when memory ran
 * out. */
int stacks_leave_out(struct stacks *stacks, const struct stacks_globs *only,
                     const struct stacks_globs *skip, const bool *out);

/** Number of calls of a function whose stacks are known. */
uint64_t stacks_count(const struct stacks *stacks, uint32_t function);

/** List the base names of the modules that have call sites, as many as fit. */
void stacks_names(const struct stacks *stacks, char *text, size_t size);

/** Add a pattern to a list. Returns NULL, or a few words that say what is wrong with it. */
const char *stacks_add_glob(struct stacks_globs *globs, const char *glob);

/** Release them; does nothing if all members are zero. */
void stacks_destroy(struct stacks *stacks);

#endif
