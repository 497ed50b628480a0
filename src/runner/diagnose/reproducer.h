// SPDX-License-Identifier: MIT
/** The reproducer of a finding: a policy and a command. */
#ifndef MF_RUNNER_DIAGNOSE_REPRODUCER_H
#define MF_RUNNER_DIAGNOSE_REPRODUCER_H

#include "runner/diagnose/finding.h"

#include <jansson.h>

/**
 * The policy that brings a finding back: it spares the calls in front of the failed one,
 * then fails the first from the same stack.
 *
 * @arm
 *         enum mf_arm of the policy that found it.
 * @path, @argv
 *         The program, for replay; NULL leaves them out.
 * @return
 *         A new reference, NULL when memory ran out.
 */
json_t *reproducer_policy(const struct finding *finding, uint32_t arm, char *const *argv);

/**
 * The command that brings a finding back, quoted for a shell.
 *
 * @file
 *         Its reproducer's file; NULL puts the policy into the command.
 * @return
 *         To be freed; NULL where no injection is to blame or memory ran out.
 */
char *reproducer_command(const struct finding *finding, uint32_t arm, char *const *argv,
                         const char *file);

#endif
