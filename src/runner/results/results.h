// SPDX-License-Identifier: MIT
/** The results directory: findings.json, a reproducer and the output of each defect. */
#ifndef MF_RUNNER_RESULTS_RESULTS_H
#define MF_RUNNER_RESULTS_RESULTS_H

#include "runner/trials/campaign.h"
#include "runner/trials/defects.h"

#include <jansson.h>

/** Whether somebody else may have put a directory there for us to write into, where
 * everybody makes files: the kernel's rule for links there (protected_symlinks). */
bool results_are_planted(const char *directory);

/** Whether results could be written, by what is there now; makes nothing. 0, or -1 with
 * errno. */
int results_foresee(const char *directory);

/** What keeps results from being written, in words. */
const char *results_fault(int error);

/** Make the directory and those in it, where they are not there yet; 0 on success, -1
 * with errno. */
int results_prepare(const char *directory);

/** Write findings.json, all or nothing; takes the value over, which may be NULL for want
 * of memory. 0 on success, -1 with errno. */
int results_save(json_t *value, const char *directory);

/** Write all of it; 0 on success, -1 on failure with the user told. */
int results_write(const struct campaign *campaign, const struct defects *defects);

#endif
