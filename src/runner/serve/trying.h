// SPDX-License-Identifier: MIT
/** Trying each stack of a drive: one failure a drive, in a server that goes on as long as it
 * can. */
#ifndef MF_RUNNER_SERVE_TRYING_H
#define MF_RUNNER_SERVE_TRYING_H

#include "runner/serve/server.h"

/**
 * Try all trials of the campaign, as long as there is time. The server runs, and may be gone
 * afterwards.
 *
 * @return
 *         0; or the exit status where the server could not be started anew, with the user
 *         told: what was tried counts all the same.
 */
int trying_stacks(struct server *server);

/**
 * Drive the server once while an allocation of a trial's stack fails, and judge that.
 *
 * @return
 *         Whether it is over: the trial is done, or the server is there no more.
 */
bool trying_once(struct server *server, struct trial *trial);

#endif
