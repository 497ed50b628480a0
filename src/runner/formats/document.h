// SPDX-License-Identifier: MIT
/**
 * The document: the results of a run or an exploration, as JSON of the schema
 * schemas/findings.schema.json. All formats are made from it, so a results directory can be
 * read again at any time.
 *
 * It is untrusted input: members may be missing or of any type, and texts may have any
 * content.
 */
#ifndef MF_RUNNER_FORMATS_DOCUMENT_H
#define MF_RUNNER_FORMATS_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

struct document {
    /** The value; owned. */
    json_t *root;
    /** Whether it belongs to an exploration, not to a single run. */
    bool exploration;
    /** Findings by cause, and for each cause a list of the tests that reach it; owned, NULL if
     * there are no tests. See tests.h. */
    json_t *causes, *reached;
    /** What several tests in different directories are called; owned, NULL = nothing. See
     * tests.h. */
    json_t *alike;
    /** The results directory, with the reproducers; NULL = none. Not owned. */
    const char *directory;
    /** The root of the sources: an absolute path that ends in '/'; owned. Only files below it
     * are read, or named by a relative path. */
    char *sources;
    /** Set if memory ran out while a format was made: then something is missing. Owned. */
    bool *ran_out;
    /** For formats that are read by people on a terminal. */
    bool colour, verbose;
};

/** The severity of a finding. */
enum severity {
    /** A defect. */
    SEVERITY_ERROR,
    /** A defect that is not certain. */
    SEVERITY_WARNING,
    /** By design, or known. */
    SEVERITY_NOTE,
};

/**
 * Make a document of a value.
 *
 * @root
 *         Taken over, also on failure. If it is NULL, the call fails.
 * @sources
 *         The root of the sources; NULL = the nearest directory above the working directory
 *         that has a .git, or else the working directory.
 * @return
 *         0 on success, -1 with errno.
 */
int document_make(struct document *document, json_t *root, const char *sources);

/**
 * Read a document.
 *
 * @path
 *         A results directory, or a JSON file.
 * @return
 *         0 on success, -1 with `why` filled.
 */
int document_load(struct document *document, const char *path, const char *sources,
                  char why[200]);

/** Release it. */
void document_destroy(struct document *document);

/** Return a text, and set `ran_out` if it is NULL because memory ran out. */
char *document_kept(const struct document *document, char *text);

/** A member that is a text; NULL if it is not one. */
const char *document_text(const json_t *object, const char *key);

/** Size of a number in digits, with its NUL. */
#define DOCUMENT_SIZE_MAX 24

/** What the numbers of a document count: "allocation", or "call" if other resources than memory
 * failed, too. Static. */
const char *document_counted(const struct document *document);

/** The size of an injection, to print between a call's parentheses: empty for a resource
 * function, which asks for no memory. */
const char *document_size(const json_t *injection, char text[DOCUMENT_SIZE_MAX]);

/** A member that is a whole number; 0 if it is not one. */
json_int_t document_number(const json_t *object, const char *key);

/** The findings: an array, or NULL. */
const json_t *document_findings(const struct document *document);

/** How many failures an exploration tried, with any outcome. */
json_int_t document_tried(const struct document *document);

/** Size of the text that document_extent() writes. */
#define DOCUMENT_EXTENT_MAX 96

/** Write how much of an exploration was tried: "92 of 8812 failures tried"; empty if all were,
 * or if this is unknown. */
void document_extent(const struct document *document, char text[DOCUMENT_EXTENT_MAX]);

/** The arguments of an object as the user would type them; to be freed, NULL when memory ran
 * out. */
char *document_words(const struct document *document, const json_t *object);

/** How many explorations and suites were joined; 0 if it is a single one. */
size_t document_joined(const struct document *document);

/** How many runs of a suite its results were joined from. */
size_t document_runs(const json_t *suite);

/** The command, as the user would type it, or what was joined: "3 explorations"; to be freed,
 * NULL when memory ran out. */
char *document_command(const struct document *document);

/** Whether a finding is a defect. */
bool document_is_defect(const json_t *finding);

/** Whether a finding is a defect and not a known one, so that it counts. */
bool document_counts(const json_t *finding);

/** The severity of a finding. */
enum severity document_severity(const json_t *finding);

/** How many findings count. */
size_t document_defects(const struct document *document);

/** The effect of a finding apart from how the run ended: "stdout, line 2: wanted 'x', came 'y'",
 * "2 blocks of 100 bytes"; to be freed, NULL if there is none. */
char *document_effect(const struct document *document, const json_t *finding);

/** The text "2 blocks of 100 bytes" for an object with both counts; to be freed, NULL when
 * memory ran out. */
char *document_amount(const struct document *document, const json_t *leak);

/** The command that reproduces a finding; to be freed, NULL if there is none. */
char *document_reproducer(const struct document *document, const json_t *finding);

#endif
