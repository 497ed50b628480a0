// SPDX-License-Identifier: MIT
/** Running a whole test suite: each stack of all its programs together is tried once, in the
 * process that comes to it first, and the suite goes on as if nothing had happened. */
#ifndef MF_RUNNER_SUITE_SUITE_H
#define MF_RUNNER_SUITE_SUITE_H

#include "runner/formats/destinations.h"
#include "runner/trials/campaign.h"

/** How long a process is held in all, unless the user says otherwise. */
#define SUITE_HOLD (2 * CLOCK_SECOND)

struct suite_options {
    /** `argv` is the command; much of the rest has no meaning here. */
    struct campaign_options campaign;
    /** Patterns for the programs that are tested; none = those outside of the system's
     * folders. */
    const char *const *programs;
    size_t program_count;
    /** How long a process may be held in all. */
    uint64_t hold_ns;
    /** How long the suite may take with them, in thousandths of its own time; 0 = any time. */
    uint64_t within;
    /** Whether what is left is tried in fresh processes afterwards; and how long that may
     * take, 0 = as long as it does. */
    bool fresh;
    uint64_t fresh_ns;
    /** libmallocfail.so, as it is preloaded. */
    const char *preload;
    /** The command's file, and whether the library cannot be loaded into it, for it is
     * statically linked. */
    const char *path;
    bool is_static;
};

/**
 * Run a suite.
 *
 * @reports
 *         Where --report wants documents.
 * @return
 *         The exit status; what is wrong has been told.
 */
int suite(const struct suite_options *options, const struct destinations *reports,
          const struct diag *diag);

#endif
