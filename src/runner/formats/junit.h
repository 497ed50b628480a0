// SPDX-License-Identifier: MIT
/** The parts of JUnit's XML. */
#ifndef MF_RUNNER_FORMATS_JUNIT_H
#define MF_RUNNER_FORMATS_JUNIT_H

#include "runner/formats/document.h"
#include "runner/util/markup.h"

#include <stddef.h>

/** How a case ends. */
enum junit_verdict { JUNIT_PASSED, JUNIT_FAILED, JUNIT_SKIPPED, JUNIT_VERDICTS };

/** How many cases end how. */
struct junit_counts {
    size_t cases[JUNIT_VERDICTS];
};

/** Begin the failure of a case: its kind, and its message; text may follow, and it is closed
 * as any. */
void junit_failure_begin(struct markup *markup, const struct document *document,
                         const json_t *shown, const char *message);

/** Count the cases that are tests, and write them: one for each, and one for each defect that
 * no test is known to come to. */
void junit_tests_count(const struct document *document, struct junit_counts *counts);
void junit_tests_put(struct markup *markup, const struct document *document);

/** Properties: how many defects there are, what was not tried, and of what was tested. */
void junit_properties(struct markup *markup, const struct document *document);

#endif
