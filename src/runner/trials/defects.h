// SPDX-License-Identifier: MIT
/** Defects: what an exploration found and confirmed, one for each cause. */
#ifndef MF_RUNNER_TRIALS_DEFECTS_H
#define MF_RUNNER_TRIALS_DEFECTS_H

#include "runner/crash/crash.h"
#include "runner/diagnose/finding.h"
#include "runner/trials/trial.h"

struct defect {
    /** The trial that shows it. */
    const struct trial *trial;
    /** What is known of it; its crash is the one below. */
    struct finding finding;
    struct crash crash;
    /** Equal for findings of one cause: outcome, kind of class and the line of the crash
     * site. */
    uint64_t cause;
    /** Of the finding, and of others with the same cause. */
    uint64_t *signatures;
    size_t signature_count;
    /** How many trials ended so. */
    size_t trials;
    /** The last bytes that the confirming run wrote to stdout and stderr. */
    char *outputs[2];
    size_t lengths[2];
    /** Whether the baseline has it. */
    bool known;
    /** What suppresses it: the name of the user's entry; NULL = nothing. */
    const char *suppressed;
};

struct defects {
    struct defect **list;
    size_t count;
    /** What their places point into. */
    struct modules modules;
    struct symbols *symbols;
    /** Of the campaign; NULL = none are known. */
    const struct wrappers *wrappers;
    /** What a reproducer tells of the caller; see outcome.h. */
    size_t caller;
};

/** Begin; 0 on success, -1 when memory ran out. */
int defects_init(struct defects *defects);

/** Release everything. */
void defects_destroy(struct defects *defects);

/** Work out the cause of a finding. */
uint64_t defects_cause(const struct defects *defects, const struct finding *finding);

/** The defect with a cause; NULL = none yet. */
struct defect *defects_find(const struct defects *defects, uint64_t cause);

/**
 * Add one, or add it to the one of the same cause.
 *
 * @defect
 *         On the heap; taken over, also on failure.
 * @return
 *         The defect that it is now, or NULL when memory ran out.
 */
struct defect *defects_add(struct defects *defects, struct defect *defect);

/** Release one that was not added. */
void defect_free(struct defect *defect);

/** The worst first, and among equals those that most trials ended with. */
void defects_sort(struct defects *defects);

/** Whether it is one that counts: a defect, and not suppressed. */
bool defect_counts(const struct defect *defect, bool aborts_too);

#endif
