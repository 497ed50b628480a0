// SPDX-License-Identifier: MIT
/**
 * A sighting: what one trial showed that is to be told, as raw facts. They are taken when
 * it happens, and named later, once for each place where programs break.
 */
#ifndef MF_RUNNER_TRIALS_SIGHTING_H
#define MF_RUNNER_TRIALS_SIGHTING_H

#include "runner/trials/defects.h"
#include "runner/trials/judge.h"

/** Blocks of one stack that were left. */
struct sighting_leak {
    struct finding_leak amount;
    struct frame frames[MF_FRAMES_MAX];
    size_t count;
};

struct sighting {
    /** As far as the end alone tells: the abort of an assertion is not told yet from one by
     * design. */
    struct judgement judgement;
    /** wait()'s, or the fatal signal. */
    int status;
    bool timed_out;
    /** Whether `crash` is of a thread that was looked at, and not of a mere end. */
    bool crashed;
    struct crash crash;
    struct cause cause;
    /** enum mf_allocator: which one served. */
    uint32_t allocator;
    struct finding_difference difference;
    struct sighting_leak *leaks;
    size_t leak_count;
    uint64_t leaked_blocks, leaked_bytes;
    struct finding_open open;
    /** The last bytes that it wrote to stdout and stderr. */
    char *outputs[2];
    size_t lengths[2];
};

/** What it is taken from. */
struct sighting_source {
    const struct channel *channel;
    /** Where the modules of all frames are entered. */
    struct modules *modules;
    const struct oracle *oracle;
    const struct watch *watch;
    const struct end *end;
    struct judgement judgement;
    /** Whether all fails from a point on. */
    bool persistent;
    /** The crash or hang that was looked at, its modules entered already; NULL = none.
     * Taken over. */
    struct crash *crash;
};

/** Take one; 0 on success, -1 when memory ran out, with nothing to destroy. */
int sighting_take(struct sighting *sighting, const struct sighting_source *source);

/**
 * Equal for trials that broke at one place; of those that were not looked at, for those
 * with one failed stack and one outcome.
 */
uint64_t sighting_key(const struct sighting *sighting, const struct modules *modules);

/** The key of a crash alone. */
uint64_t sighting_crash_key(const struct crash *crash, const struct modules *modules);

/**
 * Name it.
 *
 * @return
 *         To be freed or added; its trial is yet unknown. NULL when memory ran out. What
 *         is left of the sighting is to be destroyed.
 */
struct defect *sighting_name(struct sighting *sighting, struct defects *defects);

/** Release it; fine on one that is all zeroes. */
void sighting_destroy(struct sighting *sighting);

#endif
