// SPDX-License-Identifier: MIT
/** The kinds of findings, with stable names and help: for people who never heard of
 * them. */
#ifndef MF_RUNNER_FORMATS_FINDING_KIND_H
#define MF_RUNNER_FORMATS_FINDING_KIND_H

#include <jansson.h>
#include <stdbool.h>
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

/**
 * A kind's summary or help in the words for what has failed.
 *
 * @allocation
 *         Whether that is memory, which the texts are written for.
 * @return
 *         To be freed; NULL when memory ran out.
 */
char *finding_kind_words(const char *text, bool allocation);

/** The index of a finding's kind. */
size_t finding_kind_of(const json_t *finding);

/** What a fault did, in words that an address follows: "write to" for a finding's access
 * "write"; NULL = unknown. */
const char *finding_access(const char *access);

#endif
