// SPDX-License-Identifier: MIT
/** Testing a server: each stack of a drive fails once in the running server, and it is
 * started anew only where it has broken. */
#ifndef MF_RUNNER_SERVE_SERVE_H
#define MF_RUNNER_SERVE_SERVE_H

#include "runner/formats/destinations.h"
#include "runner/run/preflight.h"
#include "runner/trials/campaign.h"

/** How long it may take to be ready, unless the user says otherwise. */
#define SERVE_READY_TIME (30 * CLOCK_SECOND)

/** A finding that is to be brought back. */
struct serve_wanted {
    uint64_t stack_id;
    /** Sixteen digits. */
    const char *signature;
};

struct serve_options {
    /** `argv` is the server; some of the rest has no meaning here. */
    struct campaign_options campaign;
    /** Commands for a shell; `health` NULL = a drive in which nothing fails. */
    const char *ready, *drive, *health;
    uint64_t ready_ns;
    /** What only this is tried for; NULL = all stacks are tried. */
    const struct serve_wanted *wanted;
};

/**
 * Test a server.
 *
 * @reports
 *         Where --report wants documents.
 * @return
 *         The exit status, as reproduction_serve() where one finding is wanted; what is wrong has been told.
 */
int serve(const struct serve_options *options, const struct destinations *reports,
          const struct preflight *preflight, const struct diag *diag);

#endif
