// SPDX-License-Identifier: MIT
/** The formats that a document can be drawn in: one file each, behind one table. */
#ifndef MF_RUNNER_FORMATS_FORMATS_H
#define MF_RUNNER_FORMATS_FORMATS_H

#include "runner/formats/document.h"

#include <stdio.h>

/**
 * The list of formats, which all tables, messages and options are made of: FIRST for the
 * first one, NEXT for each of the others, with its name and whether it is drawn from the
 * single trials, too.
 */
#define FORMATS(FIRST, NEXT)                                                             \
    FIRST(text, false)                                                                   \
    NEXT(json, true)                                                                     \
    NEXT(junit, true)                                                                    \
    NEXT(sarif, false)                                                                   \
    NEXT(html, false)                                                                    \
    NEXT(github, false)

/** Their names, as a list for messages: "text, json, junit". */
#define FORMATS_NAMES                    FORMATS(FORMATS_FIRST_NAME, FORMATS_NEXT_NAME)
#define FORMATS_FIRST_NAME(name, trials) #name
#define FORMATS_NEXT_NAME(name, trials)  ", " #name

/** Draw a document; 0 on success, -1 with errno on failure. Where memory ran out the
 * document may tell instead. */
typedef int format_function(const struct document *document, FILE *stream);

#define FORMATS_DECLARE(name, trials) format_function format_##name;
FORMATS(FORMATS_DECLARE, FORMATS_DECLARE)
#undef FORMATS_DECLARE

/** Print the line about stacks and call sites, where results know them. */
void format_text_coverage(const json_t *results, FILE *stream);

struct format {
    const char *name;
    format_function *function;
    /** Whether it is drawn from the single trials, too. */
    bool trials;
};

/** Find a format by the first `length` bytes of a name; NULL if there is none. */
const struct format *formats_find(const char *name, size_t length);

/** Draw a document in a format; 0 where all was written, -1 with errno where not. */
int formats_draw(const struct format *format, const struct document *document,
                 FILE *stream);

#endif
