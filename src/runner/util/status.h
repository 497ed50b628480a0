// SPDX-License-Identifier: MIT
/** The exit statuses of mallocfail that are not the target's, as in env(1) and
 * timeout(1). */
#ifndef MF_RUNNER_UTIL_STATUS_H
#define MF_RUNNER_UTIL_STATUS_H

enum status {
    STATUS_GOOD = 0,
    /** `--exit verdict`: there is a defect. */
    STATUS_DEFECT = 1,
    /** Nothing was tested, and that is all right: how test runners are told to skip. */
    STATUS_SKIPPED = 77,
    /** The target was killed at its time-out. */
    STATUS_TIMED_OUT = 124,
    /** mallocfail itself failed, or nothing could be tested. */
    STATUS_FAILED = 125,
    /** PROGRAM is there but cannot be run. */
    STATUS_CANNOT_RUN = 126,
    /** There is no such PROGRAM. */
    STATUS_NOT_FOUND = 127,
    /** Killed by signal N: this and N. */
    STATUS_SIGNALLED = 128,
};

#endif
