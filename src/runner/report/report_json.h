// SPDX-License-Identifier: MIT
/** A run's report as a document. */
#ifndef MF_RUNNER_REPORT_REPORT_JSON_H
#define MF_RUNNER_REPORT_REPORT_JSON_H

#include "runner/report/report.h"

#include <jansson.h>

/** The document of a run: a new reference, NULL when memory ran out. */
json_t *report_json(const struct report *report);

/** One of the findings of that document: a new reference, NULL when memory ran out. */
json_t *report_json_finding(const struct report *report, size_t at);

#endif
