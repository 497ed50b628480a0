// SPDX-License-Identifier: MIT
/** The sightings of a campaign: one for each place where trials broke. */
#ifndef MF_RUNNER_TRIALS_SIGHTINGS_H
#define MF_RUNNER_TRIALS_SIGHTINGS_H

#include "runner/trials/sighting.h"

/** No sighting. */
#define SIGHTINGS_NONE UINT32_MAX

/** Whether a failure is the cause of what a sighting shows; see inplace/control.h. */
enum sightings_control {
    SIGHTINGS_UNDECIDED,
    /** It has shown in a process that it is. */
    SIGHTINGS_CAUSED,
    /** All processes that were asked come there by themselves. */
    SIGHTINGS_OWN,
};

struct sightings {
    struct sightings_entry {
        uint64_t key;
        struct sighting sighting;
        /** The trial that it was taken from, and how many allocations had failed in it; 0
         * where that is chance, for it hung. */
        size_t trial;
        uint64_t failed;
        enum sightings_control control;
        /** The trial whose hang was compared, and how long its process took by itself, in ns;
         * 0 = none was. */
        size_t compared;
        uint64_t compared_ns;
    } * list;
    size_t count;
    /** Indices by key, plus 1; a power of two of them. */
    uint32_t *index;
    size_t room;
};

/** The sighting with a key; SIGHTINGS_NONE = none yet. */
uint32_t sightings_find(const struct sightings *sightings, uint64_t key);

/**
 * Add one, which is taken over.
 *
 * @trial
 *         The index of the trial that it was taken from.
 * @return
 *         Its index; SIGHTINGS_NONE when memory ran out.
 */
uint32_t sightings_add(struct sightings *sightings, uint64_t key,
                       struct sighting *sighting, size_t trial);

/** Put another one of the same place into its place; it is taken over. */
void sightings_replace(struct sightings *sightings, uint32_t at,
                       struct sighting *sighting, size_t trial);

/** Release all of them. */
void sightings_destroy(struct sightings *sightings);

#endif
