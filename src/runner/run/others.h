// SPDX-License-Identifier: MIT
/** The other programs that ran beside the tested one, and were not tested. */
#ifndef MF_RUNNER_RUN_OTHERS_H
#define MF_RUNNER_RUN_OTHERS_H

#include "runner/target/channelfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Room for what others_names() writes. */
#define OTHERS_NAMES_MAX 512

/** A program, by the base name of its executable. */
struct others_entry {
    char image[MF_IMAGE_MAX];
    /** How many processes there were, and what they allocated in all. */
    unsigned processes;
    uint64_t allocations;
    /** Why it is not tested, in a few words, where that is known; else NULL. Static. */
    const char *why;
};

/** Programs, each once. */
struct others_list {
    struct others_entry *entries;
    size_t count;
};

struct others {
    /** Those with the library. */
    struct others_list reached;
    /** Those without it, as far as a traced run shows them. */
    struct others_list unreached;
    /** Processes that the tested program forked and that went on as itself. */
    unsigned forks;
};

/** Whether a process beside the first one allocated anything. */
bool others_allocate(const struct channel *channel);

/** Why there is nothing to fail where the first process allocated nothing, in words. */
const char *others_absence(const struct channel *channel);

/** Gather the processes beside the first one; 0 on success, -1 when memory ran out. */
int others_gather(struct others *others, const struct channel *channel);

/** The images that processes of a run execute, in order. */
struct others_images {
    struct others_image {
        pid_t pid;
        char image[MF_IMAGE_MAX];
    } * list;
    size_t count;
};

/** Note the image of a process that has just executed it: what a tracer tells. Where memory
 * runs out it is as if it had not been. */
void others_note(void *images, pid_t pid);

/**
 * Gather those images that ran without the library: no slot of the channel is theirs.
 *
 * @before
 *         How many images the program's own process executes before it is tested: what runs
 *         until then is not looked at.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int others_gather_unreached(struct others *others, const struct others_images *images,
                            const struct channel *channel, uint32_t before);

/** Forget them; fine on ones that are all zeroes. */
void others_forget(struct others_images *images);

/** Write the names, as far as there is room, with how often each ran. */
void others_names(const struct others_list *list, char names[OTHERS_NAMES_MAX]);

/** Whether a program of that name only runs another one: timeout, env. */
bool others_is_wrapper(const char *image);

/** Whether it has its work done by other programs, as a shell or make does. */
bool others_is_launcher(const char *image);

/** The program that launchers ran, in one process: the one that the arguments name, or the
 * only one; NULL = none. */
const struct others_entry *others_behind(const struct others *others, char *const *argv);

/** Take the entry of an image away. */
void others_remove(struct others_list *list, const char *image);

/** Release them; fine on ones that are all zeroes. */
void others_destroy(struct others *others);

#endif
