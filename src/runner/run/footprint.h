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

#include <stdbool.h>
#include <stddef.h>

struct footprint {
    /** inotify's descriptor; -1 = nothing is watched. */
    int fd;
    /** What was written: "DIRECTORY/NAME" each; to be freed. */
    char **names;
    size_t count;
    /** The watched directories, by inotify's numbers. */
    struct footprint_directory {
        int number;
        char *path;
    } * directories;
    size_t directory_count;
};

/**
 * Begin to watch, in front of a run. Where that is refused nothing is found.
 *
 * @argv
 *         The program's arguments.
 */
void footprint_begin(struct footprint *footprint, char *const *argv);

/** Read what was written since; the watch ends. */
void footprint_end(struct footprint *footprint);

/** A name that both have; NULL = none. */
const char *footprint_common(const struct footprint *one, const struct footprint *other);

/**
 * Whether it is the program that writes a file, and no other on this machine: it does so in
 * one more run, and nobody does while nothing runs.
 *
 * @again
 *         Runs it once more.
 */
bool footprint_confirm(const char *name, char *const *argv, void again(void *context),
                       void *context);

/** Release it; fine on one that is all zeroes. */
void footprint_destroy(struct footprint *footprint);

#endif
