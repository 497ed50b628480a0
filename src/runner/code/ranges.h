// SPDX-License-Identifier: MIT
/** Address ranges of code, each with the number of its owner: filled, sorted once, then
 * asked. */
#ifndef MF_RUNNER_CODE_RANGES_H
#define MF_RUNNER_CODE_RANGES_H

#include <stddef.h>
#include <stdint.h>

/** No owner. */
#define RANGES_NONE UINT32_MAX

struct range {
    /** From the first address to the one behind the last. */
    uint64_t low, high;
    /** How far this range and those in front of it reach. */
    uint64_t reach;
    uint32_t owner;
};

/** All zeroes is an empty one. */
struct ranges {
    struct range *list;
    size_t count, room;
};

/** Add one, if it is not empty; 0 on success, -1 when memory ran out. */
int ranges_add(struct ranges *ranges, uint64_t low, uint64_t high, uint32_t owner);

/** Sort them, after the last was added. */
void ranges_sort(struct ranges *ranges);

/** The owner whose range holds an address, the lowest where several do; or RANGES_NONE. */
uint32_t ranges_find(const struct ranges *ranges, uint64_t address);

/** Release them. */
void ranges_destroy(struct ranges *ranges);

#endif
