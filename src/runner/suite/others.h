// SPDX-License-Identifier: MIT
/** The programs that a suite ran, and that were not tested; and why. */
#ifndef MF_RUNNER_SUITE_OTHERS_H
#define MF_RUNNER_SUITE_OTHERS_H

#include "core/channel/suite.h"

#include <stdbool.h>
#include <stdio.h>

/** Why a program was not tested, by its enum mf_suite_why; NULL = unknown. Static. */
const char *others_why(uint32_t why);

/**
 * Copy them.
 *
 * @others
 *         Room for MF_SUITE_OTHERS_MAX.
 * @lost
 *         Set to how many more processes there were whose names had no room.
 * @return
 *         How many were copied.
 */
uint32_t others_read(const struct mf_suite *suite, struct mf_suite_other *others,
                     uint32_t *lost);

/** Name them, by reason. */
void others_print(const struct mf_suite *suite, FILE *stream);

/** Whether the programs to test ran, but all under valgrind, as a suite may do by default. */
bool others_all_under_valgrind(const struct mf_suite *suite);

#endif
