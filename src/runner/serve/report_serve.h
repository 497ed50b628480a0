// SPDX-License-Identifier: MIT
/** What testing a server did and found, for people. */
#ifndef MF_RUNNER_SERVE_REPORT_SERVE_H
#define MF_RUNNER_SERVE_REPORT_SERVE_H

#include "runner/serve/server.h"

#include <stdio.h>

/** What was learnt before failures are tried. */
void report_serve_begin(const struct server *server, FILE *stream);

/** All of the rest. */
void report_serve(const struct server *server, FILE *stream);

#endif
