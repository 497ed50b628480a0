// SPDX-License-Identifier: MIT
/** The processes of a target beside its first one, as a clean run showed them. */
#ifndef MF_RUNNER_POINTS_PROCESSES_H
#define MF_RUNNER_POINTS_PROCESSES_H

#include "runner/target/channelfile.h"

/** A process: known again by its image, and which one of its image it is. */
struct processes_entry {
    /** The executable's base name, as the library sees it. */
    char image[MF_IMAGE_MAX];
    /** From 1. */
    uint64_t index;
    /** Its allocations, and the stack id of each, 0 = unknown. */
    uint64_t count;
    uint64_t *ids;
};

struct processes {
    struct processes_entry *list;
    size_t count;
};

/** Have the library record what all processes do: its bytes follow `offset` in the
 * channel's file. */
void processes_set_up(struct mf_explore *explore, uint64_t offset);

/** How many bytes that takes. */
size_t processes_room(void);

/** Gather what a run showed; 0 on success, -1 when memory ran out. */
int processes_gather(struct processes *processes, const struct channel *channel);

/** Whether two runs showed the same. */
bool processes_is_same(const struct processes *one, const struct processes *other);

/**
 * Put the ids of all processes one behind the other.
 *
 * @ids, @count
 *         Those of the first process.
 * @total
 *         Set to how many there are.
 * @return
 *         To be freed; NULL when memory ran out.
 */
uint64_t *processes_join(const struct processes *processes, const uint64_t *ids,
                         size_t count, size_t *total);

/** The number that an allocation has in its process, by its place among all, from 1;
 * `count` as above. */
uint64_t processes_number(const struct processes *processes, uint64_t count,
                          uint64_t place);

/** Release them; fine on ones that are all zeroes. */
void processes_destroy(struct processes *processes);

#endif
