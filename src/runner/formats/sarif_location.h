// SPDX-License-Identifier: MIT
/** The small parts of SARIF: texts, messages and locations. */
#ifndef MF_RUNNER_FORMATS_SARIF_LOCATION_H
#define MF_RUNNER_FORMATS_SARIF_LOCATION_H

#include "runner/formats/place.h"

/** What paths of the user's sources are relative to. */
#define SARIF_ROOT "%SRCROOT%"

/** A string without control characters; a new reference, NULL when memory ran out. */
json_t *sarif_text(const char *text);

/** A message object, what is special in messages escaped; as sarif_text(). */
json_t *sarif_message(const char *text);

/** The file: URI of an absolute path; as sarif_text(). */
json_t *sarif_uri(const char *path);

/** A location: by source where that is known, else by the address in its module; as
 * sarif_text(). */
json_t *sarif_location(const struct document *document, const struct place *place);

#endif
