// SPDX-License-Identifier: MIT
/**
 * What a defect is known by when the program or a library of it has been built anew:
 * signatures are made of places in one build, names outlast it.
 */
#ifndef MF_RUNNER_RESULTS_FINGERPRINT_H
#define MF_RUNNER_RESULTS_FINGERPRINT_H

#include "runner/trials/defects.h"

#include <jansson.h>

/**
 * A defect's "name": what it ends in, and the function that is to blame, or all functions that
 * led to what was leaked; "" where no function has a name. And its "builds": the build ids of
 * all modules that its stacks lie in, by the modules' names.
 *
 * @return
 *         A new object, NULL when memory ran out.
 */
json_t *fingerprint_json(const struct defects *defects, const struct defect *defect);

/** Whether a module that both have is another one, or cannot be told to be the same. */
bool fingerprint_is_rebuilt(const json_t *before, const json_t *now);

#endif
