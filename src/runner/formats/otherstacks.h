// SPDX-License-Identifier: MIT
/**
 * The stacks that a finding has besides those of the failed allocation and of where it
 * broke: other threads, who allocated and freed a block, what leaked, and whatever newer
 * versions add, under the name it has.
 */
#ifndef MF_RUNNER_FORMATS_OTHERSTACKS_H
#define MF_RUNNER_FORMATS_OTHERSTACKS_H

#include "runner/formats/document.h"

/**
 * Take one of them.
 *
 * @word
 *         What it is: "thread", "freed".
 * @rest
 *         More on that: "by thread 12", "" = nothing.
 */
typedef void otherstacks_function(void *context, const char *word, const char *rest,
                                  const json_t *frames);

/** Go through all of them. */
void otherstacks_each(const struct document *document, const json_t *finding,
                      otherstacks_function *function, void *context);

#endif
