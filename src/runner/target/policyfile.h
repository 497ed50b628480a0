// SPDX-License-Identifier: MIT
/** A policy as the user names it: a file, or JSON on the command line. */
#ifndef MF_RUNNER_TARGET_POLICYFILE_H
#define MF_RUNNER_TARGET_POLICYFILE_H

#include "core/policy/policy.h"
#include "runner/util/diag.h"

struct policyfile {
    /** The file's name, or "(inline policy)"; not owned. */
    const char *name;
    /** The name of an installed policy; NULL if it is not one. */
    char *installed;
    /** The JSON as it was read, and its length. */
    char *text;
    size_t length;
    /** What it says. */
    struct mf_policy *policy;
    /** Whether it says so with functions by name that are not its own. */
    bool lent;
};

/** Functions by name, as `--allocation` takes them: a policy's rules may name these, too. */
struct policyfile_allocations {
    char texts[MF_NAMED_MAX][MF_NAMED_TEXT_MAX];
    size_t count;
};

/**
 * Read and check a policy. What is wrong with it is told to the user.
 *
 * @argument
 *         A file's name, or the policy itself where it begins with `{` or `[`;
 *         outlives the policy. A name without a slash that is not here is looked for among the
 *         installed policies, with and without ".json".
 * @return
 *         0 on success, -1 on failure with nothing to destroy.
 */
int policyfile_load(struct policyfile *file, const char *argument,
                    const struct diag *diag);

/** The same where its rules may name functions that are not in its own "allocations": where they
 * do, all of those are added to its text. */
int policyfile_load_with(struct policyfile *file, const char *argument,
                         const struct policyfile_allocations *allocations,
                         const struct diag *diag);

/** Release what policyfile_load() took. */
void policyfile_destroy(struct policyfile *file);

#endif
