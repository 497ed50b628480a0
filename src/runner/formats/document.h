// SPDX-License-Identifier: MIT
/**
 * The document: what a run or an exploration found, as JSON under
 * schemas/findings.schema.json. All formats are drawn from it, so that a results
 * directory can be read again at any time.
 *
 * It may come from anybody: members may be missing or of any type, and texts may say
 * anything.
 */
#ifndef MF_RUNNER_FORMATS_DOCUMENT_H
#define MF_RUNNER_FORMATS_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

struct document {
    /** The value; owned. */
    json_t *root;
    /** Whether it is of an exploration, not of a single run. */
    bool exploration;
    /** Findings by their causes, and the tests that come to each cause as a list; owned, NULL
     * where there are no tests. See tests.h. */
    json_t *causes, *reached;
    /** The results directory, which reproducers are named in; NULL = none. Not owned. */
    const char *directory;
    /** Where the sources are: an absolute path that ends in '/'; owned. Only files below
     * are read or named relatively. */
    char *sources;
    /** Set where memory ran out while it was drawn: then something is missing. Owned. */
    bool *ran_out;
    /** For formats that are read by people on a terminal. */
    bool colour, verbose;
};

/** How bad a finding is. */
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
 *         Taken over, also on failure; NULL is a failure.
 * @sources
 *         The root of the sources; NULL = the nearest folder above the working directory
 *         that has a .git, or the working directory.
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

/** Note where a text is NULL for want of memory; the text. */
char *document_kept(const struct document *document, char *text);

/** A member that is a text; NULL if it is not one. */
const char *document_text(const json_t *object, const char *key);

/** Room for a number, with its NUL. */
#define DOCUMENT_SIZE_MAX 24

/** What the numbers of a document count: "allocation", or "call" where other things than memory
 * failed, too. Static. */
const char *document_counted(const struct document *document);

/** What an injection asked for, as it stands between a call's parentheses: nothing where a
 * resource function asks for no memory. */
const char *document_size(const json_t *injection, char text[DOCUMENT_SIZE_MAX]);

/** A member that is a whole number; 0 if it is not one. */
json_int_t document_number(const json_t *object, const char *key);

/** The findings: an array, or NULL. */
const json_t *document_findings(const struct document *document);

/** How many failures an exploration tried: those of all outcomes. */
json_int_t document_tried(const struct document *document);

/** Room for what document_extent() writes. */
#define DOCUMENT_EXTENT_MAX 96

/** Write how much of an exploration was tried: "92 of 8812 failures tried"; nothing where
 * all was, or that is unknown. */
void document_extent(const struct document *document, char text[DOCUMENT_EXTENT_MAX]);

/** The arguments of an object as the user would type them; to be freed, NULL when memory ran
 * out. */
char *document_words(const struct document *document, const json_t *object);

/** How many explorations and suites were joined; 0 where it is a single one. */
size_t document_joined(const struct document *document);

/** What happened to the program, as the user would type it, or what was joined: "3
 * explorations"; to be freed, NULL when memory ran out. */
char *document_command(const struct document *document);

/** Whether a finding is a defect, of those that count. */
bool document_is_defect(const json_t *finding);

/** Whether it is one, and is not known. */
bool document_counts(const json_t *finding);

/** How bad a finding is. */
enum severity document_severity(const json_t *finding);

/** How many findings count. */
size_t document_defects(const struct document *document);

/** What a finding's run shows besides how it ended: "stdout, line 2: wanted 'x', came
 * 'y'", "2 blocks of 100 bytes"; to be freed, NULL where there is nothing. */
char *document_effect(const struct document *document, const json_t *finding);

/** "2 blocks of 100 bytes" of an object that counts both; to be freed, NULL when memory
 * ran out. */
char *document_amount(const struct document *document, const json_t *leak);

/** The command that brings a finding back; to be freed, NULL if there is none. */
char *document_reproducer(const struct document *document, const json_t *finding);

#endif
