// SPDX-License-Identifier: MIT
// The document itself: what it means is in schemas/findings.schema.json and
// mallocfail(1).
#include "runner/formats.h"

int format_json(const struct document *document, FILE *stream) {
    return json_dumpf(document->root, stream, JSON_INDENT(2)) == 0 &&
                   fputc('\n', stream) != EOF
               ? 0
               : -1;
}
