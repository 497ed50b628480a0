// SPDX-License-Identifier: MIT
/** Bringing a finding back, in a server in which nothing else fails. */
#ifndef MF_RUNNER_SERVE_REPRODUCTION_H
#define MF_RUNNER_SERVE_REPRODUCTION_H

#include "runner/serve/serve.h"
#include "runner/serve/server.h"

/**
 * Drive a server that is ready until an allocation of the wanted stack fails, and tell what
 * came of it.
 *
 * @return
 *         STATUS_GOOD where the finding came back, STATUS_DEFECT where it did not, else an
 *         exit status with the user told.
 */
int reproduction_serve(struct server *server, const struct serve_wanted *wanted);

#endif
