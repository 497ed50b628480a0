// SPDX-License-Identifier: MIT
/** How far an exploration has come: a line that overwrites itself on a terminal, else a
 * plain line now and then. */
#ifndef MF_RUNNER_TRIALS_PROGRESS_H
#define MF_RUNNER_TRIALS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    /** Nothing is shown. */
    bool quiet;
    bool terminal;
    /** What is counted. */
    const char *what;
    size_t total, done, defects;
    /** What was done before the count began; and the most that is done so far. */
    size_t before, shown;
    uint64_t started_ns, shown_ns;
    /** When it is to end at the latest. */
    uint64_t until_ns;
    /** Whether a line stands on the terminal. */
    bool standing;
};

/** Begin. */
void progress_begin(struct progress *progress, bool quiet, uint64_t until_ns);

/** Say what is going on, on a terminal only: it takes its time and has no numbers. */
void progress_say(struct progress *progress, const char *what);

/** Begin to count trials. */
void progress_count(struct progress *progress, size_t done, size_t total);

/** Begin anew, with those that only survived so far. */
void progress_go_on(struct progress *progress, size_t total);

/** Another trial is done; shows it where it is time to. */
void progress_step(struct progress *progress, bool defect);

/** Take the line away before something else is written. */
void progress_clear(struct progress *progress);

#endif
