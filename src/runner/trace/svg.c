// SPDX-License-Identifier: MIT
#include "runner/trace/svg.h"

void svg_box(struct markup *markup, const char *class, double x, double y, double width,
             double height) {
    markup_open(markup, "rect");
    markup_attribute(markup, "class", class);
    markup_attribute_print(markup, "x", "%.2f", x);
    markup_attribute_print(markup, "y", "%.2f", y);
    markup_attribute_print(markup, "width", "%.2f", width);
    markup_attribute_print(markup, "height", "%.2f", height);
    markup_close(markup);
}

void svg_label(struct markup *markup, double x, double y, const char *anchor,
               const char *text) {
    markup_open(markup, "text");
    markup_attribute_print(markup, "x", "%.1f", x);
    markup_attribute_print(markup, "y", "%.1f", y);
    markup_attribute(markup, "text-anchor", anchor);
    markup_text(markup, text);
    markup_close(markup);
}
