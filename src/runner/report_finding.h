// SPDX-License-Identifier: MIT
/** Findings in reports: as a text for people and as JSON. */
#ifndef MF_RUNNER_REPORT_FINDING_H
#define MF_RUNNER_REPORT_FINDING_H

#include "runner/finding.h"

#include <stdio.h>

/** How a finding is shown. */
struct finding_style {
    bool colour;
    /** Whole stacks. */
    bool verbose;
    const struct modules *modules;
    /** What to type to see it again; NULL = unknown. */
    const char *again;
};

/** Print one finding, top-down: what, why, which allocation, where, and how to see it
 * again. */
void finding_print(const struct finding *finding, const struct finding_style *style,
                   FILE *stream);

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
