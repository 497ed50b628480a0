// SPDX-License-Identifier: MIT
// The document itself: what it means is in schemas/findings.schema.json and
// mallocfail(1).
#include "runner/formats/formats.h"
#include "runner/formats/triallist.h"

int format_json(const struct document *document, FILE *stream) {
    return triallist_write(document->root, NULL, stream);
}
