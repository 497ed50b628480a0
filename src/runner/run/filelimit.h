// SPDX-License-Identifier: MIT
/** The limits on files: on their size, the user's or ours, where a clean run meets it, and
 * on how many are open. */
#ifndef MF_RUNNER_RUN_FILELIMIT_H
#define MF_RUNNER_RUN_FILELIMIT_H

#include "runner/run/job.h"
#include "runner/util/diag.h"

/** Whether a run wrote as much into a file as it may. */
bool filelimit_is_met(const struct job *job);

/**
 * Whether what a process does is because of the capture: it wrote to its streams as much as a
 * limit of its own on the size of files allows, which need not be files otherwise.
 *
 * @signal
 *         The signal that it is about to get, which is fatal, or SIGXFSZ.
 * @most
 *         A limit that is ours is not less.
 */
bool filelimit_is_own(const struct capture streams[2], pid_t pid, int signal,
                      uint64_t most);

/**
 * Whether a thread that is stopped for SIGXFSZ is ended by it without having written without
 * end: it raised it, or met a limit that the program itself has set.
 *
 * @most
 *         The limit that we have set.
 */
bool filelimit_breaks(pid_t tid, int signal, uint64_t most);

/** Tell that it did, and whose limit that is. */
void filelimit_tell(const struct job *job, const struct diag *diag);

/** Room for a reason. */
#define FILELIMIT_REASON_MAX 120

/** What an errno value means, with the limit that it is about; returns `text`. */
const char *filelimit_reason(int reason, char text[FILELIMIT_REASON_MAX]);

/**
 * Tell why a run cannot be made ready.
 *
 * @reason
 *         The errno value.
 * @extra
 *         As job_init()'s.
 */
void filelimit_tell_unready(int reason, size_t extra, const struct diag *diag);

#endif
