// SPDX-License-Identifier: MIT
/**
 * Watched files: what a program writes to them is part of what it did.
 *
 * Each run begins with the files as they were before the first one, so that no run is
 * judged by what an earlier one has left. The user's own files lie beside them meanwhile,
 * under other names.
 */
#ifndef MF_RUNNER_RUN_WATCH_H
#define MF_RUNNER_RUN_WATCH_H

#include "runner/run/original.h"
#include "runner/util/capture.h"

/** The watched files at one time. */
struct watch_view {
    /** One for each; closed = there is no such file, or it cannot be read. */
    struct capture *files;
    size_t count;
};

struct watch {
    /** As the user named them. */
    const char *const *names;
    size_t count;
    /** Whether relative ones lie in a directory of each run's own, empty at first. */
    bool scratch;
    /** What the others were at the beginning. */
    struct watch_view before;
    /** One for each name: what the user had there, on disk. NULL = not begun. */
    struct original *originals;
};

/**
 * Begin to watch.
 *
 * @watch
 *         With its names, which outlive it.
 * @return
 *         NULL on success, else the file that cannot be watched, with errno and
 *         nothing to destroy.
 */
const char *watch_begin(struct watch *watch);

/** Why it cannot be watched, in words. */
const char *watch_fault(int reason);

/** Whether runs would write to the same file if there were two at a time. */
bool watch_is_shared(const struct watch *watch);

/** Put the files back as they were at the beginning; 0 on success, -1 with errno. */
int watch_restore(const struct watch *watch);

/** End: the files are as they were at the beginning. Fine on a watch of no files. */
void watch_end(struct watch *watch);

/**
 * See what the files are now. They are read when the view is.
 *
 * @return
 *         0 on success, -1 with errno and nothing to destroy.
 */
int watch_look(const struct watch *watch, const char *directory, struct watch_view *view);

/** Make copies of what a view shows, to last; 0 on success, -1 with errno. */
int watch_keep(struct watch_view *view);

/** Release a view; fine on one that is all zeroes. */
void watch_forget(struct watch_view *view);

#endif
