// SPDX-License-Identifier: MIT
/** Findings as JSON, which all that is told of them comes from. */
#ifndef MF_RUNNER_REPORT_FINDING_JSON_H
#define MF_RUNNER_REPORT_FINDING_JSON_H

#include "runner/diagnose/finding.h"

#include <jansson.h>

/**
 * A finding as JSON; the fields are documented in mallocfail(1).
 *
 * @reproducer
 *         The file of its reproducer; NULL = none was written.
 * @return
 *         A new reference, NULL when memory ran out.
 */
json_t *finding_json(const struct finding *finding, const struct modules *modules,
                     const char *reproducer);

#endif
