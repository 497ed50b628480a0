// SPDX-License-Identifier: MIT
/** A document's finding as a text for people. */
#ifndef MF_RUNNER_FORMATS_FINDING_TEXT_H
#define MF_RUNNER_FORMATS_FINDING_TEXT_H

#include "runner/formats/document.h"

#include <stdio.h>

/** Print it, top-down: what, why, which allocation, where, and how to see it again. */
void finding_text(const struct document *document, const json_t *finding, FILE *stream);

/** Print how often an exploration has seen it. */
void finding_text_trials(const json_t *finding, FILE *stream);

/**
 * Print both of a finding that was just made.
 *
 * @style
 *         Its colours, whole stacks, and the results directory; the rest is not read.
 * @finding
 *         Taken over; NULL = memory ran out, which is told.
 */
void finding_text_live(const struct document *style, json_t *finding, FILE *stream);

/** Print one that was just made on one line: what, and why. It is taken over; NULL = memory
 * ran out, which is told. */
void finding_text_line(json_t *finding, FILE *stream);

/** A finding as a text without colours, with whole stacks; to be freed, NULL when memory
 * ran out. */
char *finding_text_whole(const struct document *document, const json_t *finding);

#endif
