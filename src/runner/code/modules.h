// SPDX-License-Identifier: MIT
/**
 * The files that code came from, over all processes of a run: one entry for each path and
 * build id, so that a place in code is two numbers and can be compared.
 */
#ifndef MF_RUNNER_CODE_MODULES_H
#define MF_RUNNER_CODE_MODULES_H

#include "core/channel/channel.h"

struct elffile;

/** No module: the offset is an address. */
#define MODULE_NONE UINT32_MAX

/** A place in code. */
struct frame {
    /** Index of the module, or MODULE_NONE. */
    uint32_t module;
    /** From the module's load base (its lowest PT_LOAD address, by page). */
    uint64_t offset;
};

struct modules {
    struct mf_module *entries;
    /** What each is called: the last part of its path, fit to be shown. */
    char **names;
    uint32_t count, room;
};

/**
 * Enter a module, or find it.
 *
 * @return
 *         Its index, or MODULE_NONE when memory ran out.
 */
uint32_t modules_add(struct modules *modules, const struct mf_module *module);

/**
 * Copy an entry of a channel's module table, with its numbers in range and its path
 * terminated.
 *
 * @return
 *         Whether the entry is there.
 */
bool modules_copy(const struct mf_head *head, uint64_t index, struct mf_module *copy);

/** Give a channel the modules that another one's frames are numbered by. */
void modules_copy_all(const struct mf_head *from, struct mf_head *to);

/** Where a frame of a channel lies: its module is entered. */
struct frame modules_enter(struct modules *modules, const struct mf_head *head,
                           const struct mf_frame *frame);

/** The last part of a module's path, fit to be shown; NULL for MODULE_NONE. */
const char *modules_name(const struct modules *modules, uint32_t module);

/**
 * Open a module's file, if it is still the one that was loaded.
 *
 * @path
 *         Set to where it was found; as long as a module's path.
 * @return
 *         To be closed; NULL where it is not to be had.
 */
struct elffile *modules_open(const struct mf_module *module, char *path);

/** A hash of frames, innermost first, by the build ids or base names of their modules. */
uint64_t modules_stack_id(const struct modules *modules, const struct frame *frames,
                          size_t count);

/** The id of a caller, as the library makes it in a target. */
uint64_t modules_caller_id(const struct modules *modules, const struct frame *frame);

/** Release the table. */
void modules_destroy(struct modules *modules);

#endif
