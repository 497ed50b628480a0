// SPDX-License-Identifier: MIT
/** The other programs that ran alongside the tested one and were not tested. */
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
    /** Why it is not tested, in a few words; NULL if unknown. Static. */
    const char *why;
};

/** Programs, each once. */
struct others_list {
    struct others_entry *entries;
    size_t count;
};

struct others {
    /** Programs that the tested one's process was before it executed that. */
    struct others_list before;
    /** Programs that ran with the library. */
    struct others_list reached;
    /** Programs that ran without it, as far as a traced run shows them. */
    struct others_list unreached;
    /** Processes that the tested program forked and that kept running it. */
    unsigned forks;
};

/** Whether a process other than the first one allocated anything. */
bool others_allocate(const struct channel *channel);

/** A text that explains why there is nothing to fail if the first process did not
 * allocate. */
const char *others_absence(const struct channel *channel);

/** Gather the processes other than the first, and keep what `before` has; 0 on success, -1 when
 * memory ran out. */
int others_gather(struct others *others, const struct channel *channel);

/**
 * Gather the programs that the first process was before its last one, and that allocated
 * something: not those that only run others, nor those of the system.
 *
 * @before
 *         What it had is released.
 * @file
 *         The file that it executed first.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int others_gather_before(struct others_list *before, const struct channel *channel,
                         const char *file);

/** The images that the processes of a run executed, in order. */
struct others_images {
    struct others_image {
        pid_t pid;
        char image[MF_IMAGE_MAX];
    } * list;
    size_t count;
};

/** Note the image that a process has just executed, as reported by a tracer. If memory runs
 * out, the image is dropped. */
void others_note(void *images, pid_t pid);

/**
 * Gather the images that ran without the library: those without a slot in the channel.
 *
 * @before
 *         How many images the program's own process executes before it is tested: images
 *         that run until then are ignored.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int others_gather_unreached(struct others *others, const struct others_images *images,
                            const struct channel *channel, uint32_t before);

/** Forget them; fine on ones that are all zeroes. */
void others_forget(struct others_images *images);

/** Write the names, each with how often it ran, as far as there is room. */
void others_names(const struct others_list *list, char names[OTHERS_NAMES_MAX]);

/** Whether a program of that name only runs another one, like timeout or env. */
bool others_is_wrapper(const char *image);

/** Whether a program of that name runs others to do its work, like a shell or make. */
bool others_is_launcher(const char *image);

/** The program that launchers ran in one process: the one named in the arguments, or else
 * the only one; NULL = none. */
const struct others_entry *others_behind(const struct others *others, char *const *argv);

/** Remove the entry of an image. */
void others_remove(struct others_list *list, const char *image);

/** Release them; fine on ones that are all zeroes. */
void others_destroy(struct others *others);

#endif
