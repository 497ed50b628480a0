// SPDX-License-Identifier: MIT
/** Finding what a run needs: policy, program, library. */
#ifndef MF_RUNNER_RUN_PREFLIGHT_H
#define MF_RUNNER_RUN_PREFLIGHT_H

#include "runner/patch/reach.h"
#include "runner/run/later.h"
#include "runner/run/run.h"
#include "runner/target/policyfile.h"
#include "runner/target/program.h"

struct preflight {
    /** The values of `--allocation`; set them before preflight_find(). */
    const char *const *named;
    size_t named_count;
    /** Functions that fail in addition to allocations although no rule selects them; set
     * this before, too. */
    mf_functions also;
    /** All of `named`, with the allocations of a policy in place of the policy's name. */
    struct policyfile_allocations wanted;
    struct policyfile policy;
    struct program program;
    char *preload;
    /** What image.h found out about the program: a set of image_facts. */
    unsigned facts;
    /** How to reach the allocator inside the program; without a plan there is none. */
    struct patches patches;
    /** How to reach libraries that it is started with and that have a private malloc. */
    struct later later;
    /** How to reach a static program; without patches it is not static or not reached. */
    struct breakpoint_plan breakpoints;
};

/**
 * Find all of it. Errors are reported to the user.
 *
 * @policy
 *         A file's name, or JSON; must outlive the preflight.
 * @name
 *         The program as the user named it.
 * @force
 *         Whether to accept a program that injection cannot reach, so that it can be
 *         diagnosed.
 * @return
 *         0 on success, else the exit status; call preflight_release() in any case.
 */
int preflight_find(struct preflight *preflight, const char *policy, const char *name,
                   bool force, const struct diag *diag);

/** The kind of environment that the program needs. */
enum environment_kind preflight_environment(const struct preflight *preflight);

/**
 * Whether an allocator can serve the program.
 *
 * @allocator
 *         The enum mf_allocator plus 1; 0 = the one that the policy selects.
 * @return
 *         0, or the exit status after an error message.
 */
int preflight_check_allocator(const struct preflight *preflight, uint32_t allocator,
                              const struct diag *diag);

/**
 * Whether an option that follows blocks until they are freed works with an allocator inside
 * the program.
 *
 * @option
 *         The option that needs it.
 * @sizes
 *         Whether it also needs the blocks' sizes.
 * @return
 *         0, or the exit status after an error message.
 */
int preflight_check_blocks(const struct preflight *preflight, const char *option,
                           bool sizes, const struct diag *diag);

/** Options for a run of what was found: all except the time-out. */
struct run_options preflight_options(const struct preflight *preflight,
                                     char *const *argv);

/** Whether a program brings its own malloc that cannot be reached: then it can be watched
 * without a policy. */
bool preflight_own_malloc(const char *name);

/** Release what was found; fine on a preflight that is all zeroes. */
void preflight_release(struct preflight *preflight);

#endif
