// SPDX-License-Identifier: MIT
/** What a run needs and has to be found first: policy, program, library. */
#ifndef MF_RUNNER_RUN_PREFLIGHT_H
#define MF_RUNNER_RUN_PREFLIGHT_H

#include "runner/patch/reach.h"
#include "runner/run/later.h"
#include "runner/run/run.h"
#include "runner/target/policyfile.h"
#include "runner/target/program.h"

struct preflight {
    /** What `--allocation` says; to be set before all else is found. */
    const char *const *named;
    size_t named_count;
    /** What fails beside allocations though no rule selects it, to be set as well. */
    mf_functions also;
    /** All of that, those of policies instead of their names. */
    struct policyfile_allocations wanted;
    struct policyfile policy;
    struct program program;
    char *preload;
    /** What image.h found about the program: a set of image_facts. */
    unsigned facts;
    /** How the allocator inside the program is reached; without a plan there is none. */
    struct patches patches;
    /** How libraries are reached that it is started with and that keep a malloc to
     * themselves. */
    struct later later;
    /** How a static program is reached; without patches it is none, or it is not. */
    struct breakpoint_plan breakpoints;
};

/**
 * Find all of it. What is wrong is told to the user.
 *
 * @policy
 *         A file's name, or JSON; outlives the preflight.
 * @name
 *         The program as the user calls it.
 * @force
 *         Whether a program that injection cannot reach is run all the same, to be
 *         diagnosed.
 * @return
 *         0 on success, else the exit status; call preflight_release() in any case.
 */
int preflight_find(struct preflight *preflight, const char *policy, const char *name,
                   bool force, const struct diag *diag);

/** What the program needs in its environment. */
enum environment_kind preflight_environment(const struct preflight *preflight);

/**
 * Whether an allocator can serve the program.
 *
 * @allocator
 *         One more than the enum mf_allocator; 0 = the policy says.
 * @return
 *         0, or the exit status with the user told.
 */
int preflight_check_allocator(const struct preflight *preflight, uint32_t allocator,
                              const struct diag *diag);

/**
 * Whether what follows blocks until they are freed can do so in an allocator inside the
 * program.
 *
 * @option
 *         What asks for that.
 * @sizes
 *         Whether it is to know how large they are, too.
 * @return
 *         0, or the exit status with the user told.
 */
int preflight_check_blocks(const struct preflight *preflight, const char *option,
                           bool sizes, const struct diag *diag);

/** Options of a run of what was found: all but the time-out. */
struct run_options preflight_options(const struct preflight *preflight,
                                     char *const *argv);

/** Whether a program brings a malloc that is not reached: then it can be watched without a
 * policy. */
bool preflight_own_malloc(const char *name);

/** Release what was found; fine on a preflight that is all zeroes. */
void preflight_release(struct preflight *preflight);

#endif
