// SPDX-License-Identifier: MIT
/**
 * Texts that others wrote, made fit to be shown: valid UTF-8 without control characters,
 * terminals' escape sequences among them, and without characters that turn the direction
 * of what follows. Each is replaced by '?'.
 */
#ifndef MF_RUNNER_UTIL_PRINTABLE_H
#define MF_RUNNER_UTIL_PRINTABLE_H

#include <stdbool.h>
#include <stdio.h>

/** Whether a text is fit as it is, on one line. */
bool printable_is_fit(const char *text);

/** Make a text fit where it stands, on one line. It gets no longer. */
void printable_fix(char *text);

/** A copy on one line; to be freed, NULL when memory ran out. NULL counts as "". */
char *printable_line(const char *text);

/** A copy that keeps tabs and ends of lines; as printable_line(). */
char *printable_text(const char *text);

/** Write a text on one line, which needs no memory; NULL counts as "". How many bytes
 * that were. */
size_t printable_put(const char *text, FILE *stream);

#endif
