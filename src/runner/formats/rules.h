// SPDX-License-Identifier: MIT
/** The kinds of findings, as rules with stable names and help: for people who never heard
 * of them. */
#ifndef MF_RUNNER_FORMATS_RULES_H
#define MF_RUNNER_FORMATS_RULES_H

#include <jansson.h>
#include <stddef.h>

struct rule {
    /** What findings of it have; NULL = any. */
    const char *outcome, *class;
    /** Never changes once released. */
    const char *id;
    /** One word, and one sentence. */
    const char *name, *summary;
    /** What it means and what to do. */
    const char *help;
    /** The number of its kind in the Common Weakness Enumeration; 0 = none. */
    int cwe;
};

/** All rules; the last one fits every finding. */
const struct rule *rules_all(size_t *count);

/** The index of a finding's rule. */
size_t rules_find(const json_t *finding);

#endif
