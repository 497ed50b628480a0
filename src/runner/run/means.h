// SPDX-License-Identifier: MIT
/** What a run needs and has to be found first: policy, program, library. */
#ifndef MF_RUNNER_RUN_MEANS_H
#define MF_RUNNER_RUN_MEANS_H

#include "runner/run/run.h"
#include "runner/target/policyfile.h"
#include "runner/target/program.h"

struct means {
    struct policyfile policy;
    struct program program;
    char *preload;
    /** What image.h found about the program: a set of image_facts. */
    unsigned facts;
};

/**
 * Find all of it. What is wrong is told to the user.
 *
 * @policy
 *         A file's name, or JSON; outlives the means.
 * @name
 *         The program as the user calls it.
 * @force
 *         Whether a program that injection cannot reach is run all the same, to be
 * diagnosed.
 * @return
 *         0 on success, else the exit status; call means_release() in any case.
 */
int means_find(struct means *means, const char *policy, const char *name, bool force,
               const struct diag *diag);

/** What the program needs in its environment. */
enum environment_kind means_environment(const struct means *means);

/**
 * Whether an allocator can serve the program.
 *
 * @allocator
 *         One more than the enum mf_allocator; 0 = the policy says.
 * @return
 *         0, or the exit status with the user told.
 */
int means_check_allocator(const struct means *means, uint32_t allocator,
                          const struct diag *diag);

/** Options of a run with these means: all but the time-out. */
struct run_options means_options(const struct means *means, char *const *argv);

/** Whether a program brings its own malloc: then it can be watched without a policy. */
bool means_own_malloc(const char *name);

/** Release what was found; fine on means that are all zeroes. */
void means_release(struct means *means);

#endif
