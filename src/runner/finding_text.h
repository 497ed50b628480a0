// SPDX-License-Identifier: MIT
/** A document's finding as a text for people. */
#ifndef MF_RUNNER_FINDING_TEXT_H
#define MF_RUNNER_FINDING_TEXT_H

#include "runner/document.h"

#include <stdio.h>

/** Print it, top-down: what, why, which allocation, where, and how to see it again. */
void finding_text(const struct document *document, const json_t *finding, FILE *stream);

/** The same as a text without colours, with whole stacks; to be freed, NULL when memory
 * ran out. */
char *finding_text_whole(const struct document *document, const json_t *finding);

#endif
