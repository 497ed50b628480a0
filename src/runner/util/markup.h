// SPDX-License-Identifier: MIT
/**
 * Writing XML, and HTML that is well-formed as XML too. Texts are made fit and escaped
 * here, so that nothing a document says can become markup; failures add up until
 * markup_finish().
 */
#ifndef MF_RUNNER_UTIL_MARKUP_H
#define MF_RUNNER_UTIL_MARKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct markup {
    /** libxml2's writer. */
    void *writer;
    FILE *stream;
    bool failed;
    /** The first error of the stream; 0 = none. */
    int fault;
    /** How many of libxml2's allocations had failed before. */
    unsigned long refusals;
};

/**
 * Begin.
 *
 * @stream
 *         Not closed at the end.
 * @xml
 *         Whether it begins with an XML declaration, not as HTML does.
 * @return
 *         0 on success, -1 with errno, with nothing to finish: memory ran out, or libxml2 is
 *         not there (ELIBACC).
 */
int markup_begin(struct markup *markup, FILE *stream, bool xml);

/** End all that is open; 0 where all was written, -1 with errno where not. */
int markup_finish(struct markup *markup);

/** Open an element. */
void markup_open(struct markup *markup, const char *name);

/** Give the element that was just opened an attribute; none for NULL. */
void markup_attribute(struct markup *markup, const char *name, const char *value);

/** The same, as printf() does. */
__attribute__((format(printf, 3, 4))) void
markup_attribute_print(struct markup *markup, const char *name, const char *format, ...);

/** The same for a number. */
void markup_number(struct markup *markup, const char *name, long long value);

/** Write a text into the element. */
void markup_text(struct markup *markup, const char *text);

/** The same, as printf() does. */
__attribute__((format(printf, 2, 3))) void markup_print(struct markup *markup,
                                                        const char *format, ...);

/** Write markup as it is: only for what is known when mallocfail is compiled. */
void markup_raw(struct markup *markup, const char *text);

/** Close the innermost element, which may be empty. */
void markup_close(struct markup *markup);

/** Close it, as HTML writes those that never have anything in them. */
void markup_close_void(struct markup *markup);

/** An element with a class, which may be NULL, and a text. */
void markup_element(struct markup *markup, const char *name, const char *class,
                    const char *text);

#endif
