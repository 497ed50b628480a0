// SPDX-License-Identifier: MIT
/** Writing SVG and HTML with libxml2's writer; errors add up until the end. */
#ifndef MF_RUNNER_DRAWING_H
#define MF_RUNNER_DRAWING_H

#include <stdbool.h>
#include <stdio.h>

/** libxml2's. */
struct _xmlTextWriter;

struct drawing {
    /** NULL when memory ran out. */
    struct _xmlTextWriter *writer;
    bool bad;
};

/** Begin to write to a stream, which stays open. */
void drawing_open(struct drawing *drawing, FILE *to);

/** End: 0 when all was written, -1 with errno when not. */
int drawing_close(struct drawing *drawing);

/** Begin and end an element. */
void drawing_begin(struct drawing *drawing, const char *name);
void drawing_end(struct drawing *drawing);

/** Give the element that was just begun an attribute. */
__attribute__((format(printf, 3, 4))) void
drawing_attribute(struct drawing *drawing, const char *name, const char *format, ...);

/** The same in pieces, each of them by drawing_text(). */
void drawing_attribute_begin(struct drawing *drawing, const char *name);
void drawing_attribute_end(struct drawing *drawing);

/** Begin a page of HTML. */
void drawing_page(struct drawing *drawing);

/** End an element that HTML knows no end of. */
void drawing_end_empty(struct drawing *drawing);

/** Write text into the element; what is markup in it is escaped. */
__attribute__((format(printf, 2, 3))) void drawing_text(struct drawing *drawing,
                                                        const char *format, ...);

/** A rectangle, of a class. */
void drawing_box(struct drawing *drawing, const char *class, double x, double y,
                 double width, double height);

/** A line of text at a place; `anchor` is start, middle or end. */
void drawing_label(struct drawing *drawing, double x, double y, const char *anchor,
                   const char *text);

#endif
