// SPDX-License-Identifier: MIT
#include "runner/code/ranges.h"

#include <stdlib.h>

int ranges_add(struct ranges *ranges, uint64_t low, uint64_t high, uint32_t owner) {
    if (low >= high) {
        return 0;
    }
    if (ranges->count == ranges->room) {
        size_t room = ranges->room ? 2 * ranges->room : 8;
        void *grown = reallocarray(ranges->list, room, sizeof(ranges->list[0]));
        if (!grown) {
            return -1;
        }
        ranges->list = grown;
        ranges->room = room;
    }
    ranges->list[ranges->count++] = (struct range){low, high, 0, owner};
    return 0;
}

static int by_address(const void *a, const void *b) {
    const struct range *one = a, *other = b;
    return (one->low > other->low) - (one->low < other->low);
}

void ranges_sort(struct ranges *ranges) {
    uint64_t reach = 0;
    if (ranges->count > 0) {
        qsort(ranges->list, ranges->count, sizeof(ranges->list[0]), by_address);
    }
    for (size_t i = 0; i < ranges->count; i++) {
        struct range *range = &ranges->list[i];
        reach = range->high > reach ? range->high : reach;
        range->reach = reach;
    }
}

/** How many begin at an address or in front of it. */
static size_t count_begun(const struct ranges *ranges, uint64_t address) {
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->list[middle].low <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t ranges_find(const struct ranges *ranges, uint64_t address) {
    uint32_t owner = RANGES_NONE;
    for (size_t i = count_begun(ranges, address); i > 0; i--) {
        const struct range *range = &ranges->list[i - 1];
        if (range->reach <= address) {
            break;
        }
        if (range->high > address && range->owner < owner) {
            owner = range->owner;
        }
    }
    return owner;
}

void ranges_destroy(struct ranges *ranges) {
    free(ranges->list);
    *ranges = (struct ranges){0};
}
