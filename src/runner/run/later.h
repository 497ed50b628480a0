// SPDX-License-Identifier: MIT
/** Libraries that a program loads while it runs, and what is patched in them: the library in
 * the program has them worked out as they come (preload/patch/later.h), and other runs need
 * not have that done again. */
#ifndef MF_RUNNER_RUN_LATER_H
#define MF_RUNNER_RUN_LATER_H

#include "core/channel/channel.h"
#include "runner/patch/patches.h"
#include "runner/util/diag.h"

#include <stdbool.h>
#include <stddef.h>

/** Patches that a run had worked out: of libraries, and of other programs. */
struct later {
    struct mf_patch_program *list;
    size_t count;
};

/** Whether a program, or a library that it is started with, loads others by dlopen(). */
bool later_may_load(const char *program);

/**
 * Find libraries that a program is started with and that keep a malloc to themselves, and work
 * out their patches; -1 when memory ran out.
 *
 * @later
 *         Where they are added.
 */
int later_find_started(struct later *later, const char *program);

/** Have functions by name that the program does not have be looked for in what it loads. */
void later_expect(struct patches *patches);

/** Take down what a run has found; -1 when memory ran out. */
int later_gather(struct later *later, const struct mf_head *head);

/** Tell the next run. */
void later_hand_on(const struct later *later, struct mf_head *head);

/** Whether a library's own malloc is patched, by the library's path. */
bool later_has_malloc(const struct later *later, const char *path);

/**
 * Whether each function by name has been found by the end of a run.
 *
 * @program
 *         As the user knows it.
 * @disturbed
 *         Whether something failed in the run, which may have kept it from loading one: then it
 *         is only told.
 * @return
 *         0, or the exit status with the user told.
 */
int later_check(const struct later *later, const struct patches *patches,
                const char *program, bool disturbed, const struct diag *diag);

/** Release it; fine on one that is all zeroes. */
void later_release(struct later *later);

#endif
