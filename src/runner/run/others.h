// SPDX-License-Identifier: MIT
/** The other programs that ran beside the tested one, and were not tested. */
#ifndef MF_RUNNER_RUN_OTHERS_H
#define MF_RUNNER_RUN_OTHERS_H

#include "runner/target/channelfile.h"

#include <stdbool.h>

/** Room for what others_names() writes. */
#define OTHERS_NAMES_MAX 512

/** A program, by the base name of its executable. */
struct others_entry {
    char image[MF_IMAGE_MAX];
    /** How many processes there were, and what they allocated in all. */
    unsigned processes;
    uint64_t allocations;
};

struct others {
    struct others_entry *list;
    size_t count;
    /** Processes that the tested program forked and that went on as itself. */
    unsigned forks;
};

/** Gather the processes beside the first one; 0 on success, -1 when memory ran out. */
int others_gather(struct others *others, const struct channel *channel);

/** Write their names, as far as there is room, with how often each ran. */
void others_names(const struct others *others, char names[OTHERS_NAMES_MAX]);

/** Whether a program of that name only runs another one: timeout, env. */
bool others_is_wrapper(const char *image);

/** Whether its work is done by others: such a one, a shell, make. */
bool others_is_launcher(const char *image);

/** The one program that launchers ran, in one process; NULL where there is none, or there
 * are more. */
const struct others_entry *others_behind(const struct others *others);

/** Release them; fine on ones that are all zeroes. */
void others_destroy(struct others *others);

#endif
