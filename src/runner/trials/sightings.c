// SPDX-License-Identifier: MIT
#include "runner/trials/sightings.h"

#include "core/policy/mix.h"

#include <stdlib.h>

/** The place of a key, or a free one, in an index that has one. */
static size_t place_of(const struct sightings *sightings, uint64_t key) {
    size_t mask = sightings->room - 1;
    size_t at = mf_mix(key) & mask;
    while (sightings->index[at] && sightings->list[sightings->index[at] - 1].key != key) {
        at = (at + 1) & mask;
    }
    return at;
}

uint32_t sightings_find(const struct sightings *sightings, uint64_t key) {
    uint32_t found = sightings->room > 0 ? sightings->index[place_of(sightings, key)] : 0;
    return found ? found - 1 : SIGHTINGS_NONE;
}

/** Make room for one more; 0 on success. */
static int grow(struct sightings *sightings) {
    if (2 * (sightings->count + 1) <= sightings->room) {
        return 0;
    }
    size_t room = sightings->room ? 2 * sightings->room : 64;
    uint32_t *index = calloc(room, sizeof(index[0]));
    void *list = reallocarray(sightings->list, room / 2, sizeof(sightings->list[0]));
    if (list) {
        sightings->list = list;
    }
    if (!index || !list) {
        free(index);
        return -1;
    }
    free(sightings->index);
    sightings->index = index;
    sightings->room = room;
    for (size_t i = 0; i < sightings->count; i++) {
        index[place_of(sightings, sightings->list[i].key)] = (uint32_t)i + 1;
    }
    return 0;
}

uint32_t sightings_add(struct sightings *sightings, uint64_t key,
                       struct sighting *sighting, size_t trial) {
    if (grow(sightings) != 0) {
        return SIGHTINGS_NONE;
    }
    sightings->index[place_of(sightings, key)] = (uint32_t)sightings->count + 1;
    sightings->list[sightings->count] =
        (struct sightings_entry){.key = key, .sighting = *sighting, .trial = trial};
    *sighting = (struct sighting){0};
    return (uint32_t)sightings->count++;
}

void sightings_replace(struct sightings *sightings, uint32_t at,
                       struct sighting *sighting, size_t trial) {
    struct sightings_entry *entry = &sightings->list[at];
    sighting_take_over_proof(&entry->sighting, sighting);
    sighting_destroy(&entry->sighting);
    entry->sighting = *sighting;
    entry->trial = trial;
    *sighting = (struct sighting){0};
}

void sightings_destroy(struct sightings *sightings) {
    for (size_t i = 0; i < sightings->count; i++) {
        sighting_destroy(&sightings->list[i].sighting);
    }
    free(sightings->list);
    free(sightings->index);
    *sightings = (struct sightings){0};
}
