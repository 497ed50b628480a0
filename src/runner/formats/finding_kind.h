// SPDX-License-Identifier: MIT
/** The kinds of findings, with stable names and help: for people who never heard of
 * them. */
#ifndef MF_RUNNER_FORMATS_FINDING_KIND_H
#define MF_RUNNER_FORMATS_FINDING_KIND_H

#include <jansson.h>
#include <stddef.h>

struct finding_kind {
    /** What findings of it have; NULL = any. */
    const char *outcome, *class;
    /** Never changes once released. */
    const char *id;
    /** One word, and one sentence. */
    const char *name, *summary;
    /** What it means and what to do. */
    const char *help;
    /** Its number in the Common Weakness Enumeration; 0 = none. */
    int cwe;
};

/** All kinds; the last one fits every finding. */
const struct finding_kind *finding_kinds(size_t *count);

/** The index of a finding's kind. */
size_t finding_kind_of(const json_t *finding);

#endif
