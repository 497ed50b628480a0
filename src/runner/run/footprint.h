// SPDX-License-Identifier: MIT
/**
 * The footprint of runs: the files that they write under fixed names. Two runs at the same
 * time would get into each other's way there.
 *
 * Directories where programs write are watched by inotify(7): the working directory, those
 * for temporary files and shared memory, the user's, and those that the program's own name
 * and its arguments name. A name that two
 * runs have written is a fixed one; temporary files have another name each time.
 */
#ifndef MF_RUNNER_RUN_FOOTPRINT_H
#define MF_RUNNER_RUN_FOOTPRINT_H

#include <stddef.h>

/** What was written: "DIRECTORY/NAME" each. */
struct footprint_names {
    char **list;
    size_t count;
};

struct footprint {
    /** inotify's descriptor; 0 or less = nothing is watched. */
    int fd;
    /** The watched directories, by inotify's numbers. */
    struct footprint_directory {
        int number;
        char *path;
    } * directories;
    size_t directory_count;
};

/**
 * Begin to watch. Where that is refused nothing is found.
 *
 * @argv
 *         The program's arguments.
 */
void footprint_begin(struct footprint *footprint, char *const *argv);

/** Read what was written since it was last read. */
void footprint_read(const struct footprint *footprint, struct footprint_names *names);

/** The watch ends. Some time later footprint_destroy() waits for nothing: Linux takes its
 * time to forget a watch, and closing waits for that. */
void footprint_end(const struct footprint *footprint);

/** Keep only those names that were written since then, too. */
void footprint_keep_written(const struct footprint *footprint,
                            struct footprint_names *names);

/** Drop what other programs of this machine write: they do so, or have it open for that,
 * while none of ours runs. Takes a moment. */
void footprint_drop_others(const struct footprint *footprint,
                           struct footprint_names *names);

/** Release names; fine on what is all zeroes. */
void footprint_forget(struct footprint_names *names);

/** Release it; fine on one that is all zeroes. */
void footprint_destroy(struct footprint *footprint);

#endif
