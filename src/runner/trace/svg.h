// SPDX-License-Identifier: MIT
/** The shapes that drawings in SVG are made of. */
#ifndef MF_RUNNER_TRACE_SVG_H
#define MF_RUNNER_TRACE_SVG_H

#include "runner/util/markup.h"

/** A rectangle, of a class. */
void svg_box(struct markup *markup, const char *class, double x, double y, double width,
             double height);

/** A line of text at a place; `anchor` is start, middle or end. */
void svg_label(struct markup *markup, double x, double y, const char *anchor,
               const char *text);

#endif
