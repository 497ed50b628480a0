// SPDX-License-Identifier: MIT
/**
 * All processes that a target starts, directly or not.
 *
 * The runner is a "child subreaper" meanwhile: a process whose parent dies becomes the
 * runner's child. So to kill a tree it is enough to kill one's own children until there
 * are none; and a child's pid cannot come to mean another process before it is waited
 * for.
 */
#ifndef MF_RUNNER_TARGET_TREE_H
#define MF_RUNNER_TARGET_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The most children that are looked at at once. */
#define TREE_CHILDREN_MAX 256

struct tree {
    /** Children the runner had before: never touched. */
    pid_t spared[TREE_CHILDREN_MAX];
    size_t spared_count;
    /** Whether orphans came to the runner before. */
    int reaper_before;
};

/** Become the one that orphans come to. Call before the target is started. */
void tree_begin(struct tree *tree);

/** Kill a process group, and then every descendant, until all are dead and waited for. */
void tree_kill(const struct tree *tree, pid_t group);

/** Kill every descendant, until all are dead and waited for. */
void tree_kill_strays(const struct tree *tree);

/** The children of all threads of a process; how many were written. */
size_t tree_children(pid_t pid, pid_t *pids, size_t room);

/** How many descendants are alive. */
size_t tree_count(const struct tree *tree);

/** Let orphans go where they went before. */
void tree_end(struct tree *tree);

#endif
