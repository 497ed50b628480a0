// SPDX-License-Identifier: MIT
/**
 * The distinct stacks of a clean run, and their call sites.
 *
 * A stack's call site is its innermost frame outside the C and C++ run-time libraries:
 * where code that somebody can mend asked for memory, be it by malloc, strdup, fopen or
 * operator new. Where all frames are of those libraries, it is the innermost one. The
 * program's own allocation wrappers are left out as well, once they are found; see
 * wrappers.h.
 */
#ifndef MF_RUNNER_POINTS_STACKS_H
#define MF_RUNNER_POINTS_STACKS_H

#include "runner/code/modules.h"
#include "runner/target/channelfile.h"

#include <stdbool.h>

/** How many distinct stacks are told apart at most, and the frames of all of them. */
#define STACKS_ROOM   (UINT64_C(1) << 18)
#define STACKS_FRAMES (UINT64_C(1) << 21)
/** What they take of a channel's file. */
#define STACKS_BYTES                                                                     \
    (STACKS_ROOM * sizeof(struct mf_stack) + STACKS_FRAMES * sizeof(struct mf_frame))

/** The most patterns of one kind. */
#define STACKS_GLOBS_MAX 32

/** Patterns for modules or functions, as the user gave them. */
struct stacks_globs {
    const char *list[STACKS_GLOBS_MAX];
    unsigned count;
};

struct stacks_entry {
    uint64_t id;
    /** The number of the first allocation from it, and how many there are. */
    uint64_t number, allocations;
    /** How much the first one asked for, and of which function, an enum mf_function. */
    uint64_t size;
    uint32_t function;
    /** Where its frames begin, innermost first, and how many there are; 0 = unknown. */
    uint32_t first, count;
    /** How many frames there are up to the site's, that one included; and up to the
     * innermost one outside the run-time libraries, which may be a wrapper's. */
    uint32_t near, own;
    /** Index of its call site. */
    uint32_t site;
    /** Whether the user wants no failures of it. */
    bool left_out;
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
    /** What frames and sites point into, and which are C or C++ run-time libraries. */
    struct modules modules;
    bool *runtime;
};

/** Have the library keep them at this offset of the channel's file, which is a multiple
 * of a page. */
void stacks_ask(struct mf_explore *explore, uint64_t offset);

/**
 * Take the stacks out of a channel.
 *
 * @offset
 *         Where they are.
 * @ids
 *         The stack id of each allocation, from number 1 on; 0 = unknown, which is no
 *         stack.
 * @return
 *         0 on success, -1 when memory ran out, with nothing to destroy.
 */
int stacks_read(struct stacks *stacks, const struct channel *channel, uint64_t offset,
                const uint64_t *ids, size_t count);

/** Find the distinct call sites, where `near` has changed; 0 on success, -1 when memory ran
 * out. */
int stacks_settle(struct stacks *stacks);

/** Whether a frame is in a run-time library. */
bool stacks_is_runtime(const struct stacks *stacks, const struct frame *frame);

/** The index of a frame's place; it is outside the run-time libraries. */
size_t stacks_place(const struct stacks *stacks, const struct frame *frame);

/** The stack with an id; NULL if there is none. */
struct stacks_entry *stacks_find(const struct stacks *stacks, uint64_t id);

/**
 * Whether a stack is of a module that matches a pattern: that of the site, or of a
 * run-time library or a wrapper between that and the allocation. With "stack:" before the pattern: any
 * module of the stack. A pattern with a slash is for whole paths.
 */
bool stacks_match(const struct stacks *stacks, const struct stacks_entry *entry,
                  const char *glob);

/** Leave out what matches none of `only`, if there are any, what matches one of `skip`, and
 * each stack for which `out` (NULL = none) is true; 0 on success, -1 when memory ran
 * out. */
int stacks_leave_out(struct stacks *stacks, const struct stacks_globs *only,
                     const struct stacks_globs *skip, const bool *out);

/** How many calls of a function there were, as far as their stacks are known. */
uint64_t stacks_count(const struct stacks *stacks, uint32_t function);

/** List the base names of the modules that have call sites, as many as fit. */
void stacks_names(const struct stacks *stacks, char *text, size_t size);

/** Add a pattern to others; NULL, or what is wrong in a few words. */
const char *stacks_add_glob(struct stacks_globs *globs, const char *glob);

/** Release them; fine on stacks that are all zeroes. */
void stacks_destroy(struct stacks *stacks);

#endif
