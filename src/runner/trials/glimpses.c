// SPDX-License-Identifier: MIT
#include "runner/trials/glimpses.h"

#include <stdlib.h>

/** The place of a glance, or a free one, where there is one. */
static struct glimpse *place_of(const struct glimpses *glimpses, uint64_t glance) {
    size_t mask = glimpses->room - 1;
    size_t at = (size_t)glance & mask;
    while (glimpses->list[at].glance && glimpses->list[at].glance != glance) {
        at = (at + 1) & mask;
    }
    return &glimpses->list[at];
}

const struct glimpse *glimpses_find(const struct glimpses *glimpses, uint64_t glance) {
    const struct glimpse *found =
        glance && glimpses->room > 0 ? place_of(glimpses, glance) : NULL;
    return found && found->glance ? found : NULL;
}

/** Make room for one more; 0 on success. */
static int grow(struct glimpses *glimpses) {
    if (2 * (glimpses->count + 1) <= glimpses->room) {
        return 0;
    }
    struct glimpses larger = {.room = glimpses->room ? 2 * glimpses->room : 256};
    larger.list = calloc(larger.room, sizeof(larger.list[0]));
    if (!larger.list) {
        return -1;
    }
    for (size_t i = 0; i < glimpses->room; i++) {
        if (glimpses->list[i].glance) {
            *place_of(&larger, glimpses->list[i].glance) = glimpses->list[i];
        }
    }
    larger.count = glimpses->count;
    free(glimpses->list);
    *glimpses = larger;
    return 0;
}

void glimpses_add(struct glimpses *glimpses, uint64_t glance, uint32_t value) {
    if (!glance || grow(glimpses) != 0) {
        return;
    }
    struct glimpse *place = place_of(glimpses, glance);
    glimpses->count += !place->glance;
    *place = (struct glimpse){glance, value};
}

void glimpses_destroy(struct glimpses *glimpses) {
    free(glimpses->list);
    *glimpses = (struct glimpses){0};
}
