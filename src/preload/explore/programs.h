// SPDX-License-Identifier: MIT
/** Which programs of a suite are tested. */
#ifndef MF_PRELOAD_EXPLORE_PROGRAMS_H
#define MF_PRELOAD_EXPLORE_PROGRAMS_H

#include "core/channel/suite.h"

/**
 * Whether this process's program is tested; if not, it is written down. True where no suite
 * is run.
 *
 * @is_reached
 *         Finds out whether its calls of malloc come to the library; called unless the
 *         program is passed over anyhow.
 */
bool mf_suite_wants_program(bool (*is_reached)(void));

/** A program is executed that the library cannot be loaded into: it is written down if it is
 * one of those that are to be tested, or runs with other rights, so that what it starts may
 * lack the library, too. */
void mf_suite_note_outside(const char *path, enum mf_suite_why why);

#endif
