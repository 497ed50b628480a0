// SPDX-License-Identifier: MIT
/** The parts of the HTML page. */
#ifndef MF_RUNNER_FORMATS_HTML_H
#define MF_RUNNER_FORMATS_HTML_H

#include "runner/formats/document.h"
#include "runner/formats/place.h"
#include "runner/formats/source.h"
#include "runner/util/markup.h"

/** The page's style sheet. */
extern const char html_style[];

/** The class of an outcome's colour: "crashed" or, for unknown ones, "other". Static. */
const char *html_outcome_class(const char *outcome);

/** A bar whose parts are as wide as an object's numbers, with the same in words. */
void html_bar(struct markup *markup, const json_t *outcomes);

/** "1 crashed, 2 tolerated": what is more than 0; to be freed, NULL when memory ran out,
 * with the markup told. */
char *html_counts(struct markup *markup, const json_t *outcomes);

/** Open an element that scrolls where it is too wide, and can be reached by keyboard for
 * that; it is closed as any. */
void html_scroll_begin(struct markup *markup, const char *name);

/** Begin a list of source lines, and end it. */
void html_lines_begin(struct markup *markup);
void html_lines_end(struct markup *markup);

/**
 * A source line.
 *
 * @number
 *         From 1 on; of a line that the source has.
 * @class
 *         How it is marked; NULL = not.
 * @note
 *         What is said of it; NULL = nothing.
 */
void html_line(struct markup *markup, const struct source *source, int number,
               const char *class, const char *note);

/** All findings, with a table of them. */
void html_findings(struct markup *markup, const struct document *document);

/** Which call sites have failed, by source file; nothing where it is not known. */
void html_coverage(struct markup *markup, const struct document *document);

/** The tests, each with the findings that it comes to; nothing if there are none. */
void html_tests(struct markup *markup, const struct document *document);

/**
 * All files, with how many call sites have failed and what broke there.
 *
 * @groups
 *         Call sites by their files.
 */
void html_files(struct markup *markup, const struct document *document, json_t *groups);

/** What tells a place's file apart from others: its path, or its module where that is not
 * known; to be freed, NULL when memory ran out. */
char *html_file_of(const struct document *document, const struct place *place);

/** The heads of a table's columns. */
void html_heads(struct markup *markup, const char *const *heads, size_t count);

#endif
