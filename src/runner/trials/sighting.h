// SPDX-License-Identifier: MIT
/**
 * A sighting: what one trial showed that is worth reporting, as raw facts. They are
 * recorded when it happens, and named later, once for each place where programs break.
 */
#ifndef MF_RUNNER_TRIALS_SIGHTING_H
#define MF_RUNNER_TRIALS_SIGHTING_H

#include "runner/trials/defects.h"
#include "runner/trials/judge.h"

/** Leaked blocks of one stack. */
struct sighting_leak {
    struct finding_leak amount;
    struct frame frames[MF_FRAMES_MAX];
    size_t count;
    /** How many of its outermost frames are those of the failed allocation, too. */
    size_t shared;
};

struct sighting {
    /** Judged by the end alone: an assertion's abort is not yet distinguished from an
     * intended one. */
    struct judgement judgement;
    /** The status from wait(), or the fatal signal. */
    int status;
    bool timed_out;
    /** Whether `crash` describes a thread that was examined, rather than only the end. */
    bool crashed;
    struct crash crash;
    struct cause cause;
    /** enum mf_allocator: the one in use. */
    uint32_t allocator;
    struct finding_difference difference;
    /** Those first that share most with the failed allocation, for what lost them is nearest to
     * it; of equals the oldest. At most FINDING_LEAKS_MAX. */
    struct sighting_leak *leaks;
    size_t leak_count;
    uint64_t leaked_blocks, leaked_bytes;
    struct finding_open open;
    /** The last bytes that it wrote to stdout and stderr; and from where on the latter tells what
     * the failure has caused. */
    char *outputs[2];
    size_t caused_at;
    size_t lengths[2];
};

/** The facts that a sighting is taken from. */
struct sighting_source {
    const struct channel *channel;
    /** The table that the modules of all frames are added to. */
    struct modules *modules;
    const struct oracle *oracle;
    const struct watch *watch;
    const struct end *end;
    struct judgement judgement;
    /** Whether everything fails from some point on. */
    bool persistent;
    /** The crash or hang that was examined, with its modules already added; NULL = none.
     * The sighting takes it over. */
    struct crash *crash;
    /** In a suite: the process that is held; 0 = none. */
    pid_t holder;
};

/** Take one; what was leaked is added later where the end does not know of it. 0 on success, -1 when memory ran out, with nothing to destroy. */
int sighting_take(struct sighting *sighting, const struct sighting_source *source);

/** Begin to add what was leaked: count it, and list the descriptors. 0 on success, -1 when
 * memory ran out. */
int sighting_begin_leaks(struct sighting *sighting, const struct leaks *leaks);

/** Add the blocks of one stack, the oldest first. */
void sighting_add_leak(struct sighting *sighting, const struct leak *leak,
                       const struct frame *frames, size_t count);

/**
 * A key that is equal for trials that broke at the same place; for trials that were not
 * examined, for those with the same failed stack and the same outcome.
 */
uint64_t sighting_key(const struct sighting *sighting, const struct modules *modules);

/** What was proven of the NULL of a crash holds for another sighting of it by the same failure. */
void sighting_take_over_proof(const struct sighting *before, struct sighting *after);

/** The key of a crash alone. */
uint64_t sighting_crash_key(const struct crash *crash, const struct modules *modules);

/**
 * Name it.
 *
 * @return
 *         The caller frees or adds it; its trial is still unknown. NULL when memory ran
 *         out. The caller destroys what remains of the sighting.
 */
struct defect *sighting_name(struct sighting *sighting, struct defects *defects);

/** Release it; fine on one that is all zeroes. */
void sighting_destroy(struct sighting *sighting);

#endif
