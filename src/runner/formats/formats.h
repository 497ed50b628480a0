// SPDX-License-Identifier: MIT
/** The formats that a document can be drawn in: one file each, behind one table. */
#ifndef MF_RUNNER_FORMATS_FORMATS_H
#define MF_RUNNER_FORMATS_FORMATS_H

#include "runner/formats/document.h"

#include <stdio.h>

/** Draw a document; 0 on success, -1 with errno on failure. Where memory ran out the
 * document may tell instead. */
typedef int format_function(const struct document *document, FILE *stream);

format_function format_github;
format_function format_html;
format_function format_json;
format_function format_junit;
format_function format_sarif;
format_function format_text;

struct format {
    const char *name;
    format_function *function;
    /** Whether it is drawn from the single trials, too. */
    bool trials;
};

/** Find a format by the first `length` bytes of a name; NULL where there is none. */
const struct format *formats_find(const char *name, size_t length);

/** Draw a document in a format; 0 where all was written, -1 with errno where not. */
int formats_draw(const struct format *format, const struct document *document,
                 FILE *stream);

/** The names of all formats, as a list for messages. Static. */
const char *formats_names(void);

#endif
