// SPDX-License-Identifier: MIT
/** Lines that are broken at blanks where they do not fit a terminal. */
#ifndef MF_RUNNER_UTIL_WRAP_H
#define MF_RUNNER_UTIL_WRAP_H

#include <stddef.h>
#include <stdio.h>

/** The columns of the terminal that the standard error is; 0 = it is none, or one too narrow
 * for text. */
size_t wrap_columns(void);

/**
 * Break the lines of a text. Frames of stacks, which are indented far, and commands to be
 * copied ("again") stay whole. Colours take no columns.
 *
 * @columns
 *         The most that a line may have; 0 = any.
 * @return
 *         The text to be freed, NULL when memory ran out.
 */
char *wrap_text(const char *text, size_t columns);

/** A text for the standard error, while it is written. */
struct wrap {
    FILE *stream;
    char *text;
    size_t size;
};

/** Begin one; write it to the stream that is returned, which is the standard error itself if
 * that is no terminal, or memory ran out. */
FILE *wrap_begin(struct wrap *wrap);

/** Print what was kept, with its lines broken. */
void wrap_end(struct wrap *wrap);

#endif
