// SPDX-License-Identifier: MIT
#include "runner/drawing.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdlib.h>

#define XML(text) ((const xmlChar *)(text))

static void note(struct drawing *drawing, int result) {
    drawing->bad |= result < 0;
}

static int put(void *stream, const char *bytes, int length) {
    return fwrite(bytes, 1, (size_t)length, stream) == (size_t)length ? length : -1;
}

static int leave_open(void *stream) {
    return fflush(stream);
}

void drawing_open(struct drawing *drawing, FILE *to) {
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(put, leave_open, to, NULL);
    *drawing = (struct drawing){.writer = buffer ? xmlNewTextWriter(buffer) : NULL};
    if (!drawing->writer) {
        xmlOutputBufferClose(buffer);
        drawing->bad = true;
        return;
    }
    note(drawing, xmlTextWriterSetIndent(drawing->writer, 1));
}

int drawing_close(struct drawing *drawing) {
    if (drawing->writer) {
        note(drawing, xmlTextWriterEndDocument(drawing->writer));
        note(drawing, xmlTextWriterFlush(drawing->writer));
        xmlFreeTextWriter(drawing->writer);
    } else {
        errno = ENOMEM;
    }
    drawing->writer = NULL;
    return drawing->bad ? -1 : 0;
}

void drawing_begin(struct drawing *drawing, const char *name) {
    if (drawing->writer) {
        note(drawing, xmlTextWriterStartElement(drawing->writer, XML(name)));
    }
}

void drawing_end(struct drawing *drawing) {
    if (drawing->writer) {
        note(drawing, xmlTextWriterFullEndElement(drawing->writer));
    }
}

void drawing_attribute(struct drawing *drawing, const char *name, const char *format,
                       ...) {
    va_list arguments;
    va_start(arguments, format);
    if (drawing->writer) {
        note(drawing, xmlTextWriterWriteVFormatAttribute(drawing->writer, XML(name),
                                                         format, arguments));
    }
    va_end(arguments);
}

void drawing_attribute_begin(struct drawing *drawing, const char *name) {
    if (drawing->writer) {
        note(drawing, xmlTextWriterStartAttribute(drawing->writer, XML(name)));
    }
}

void drawing_attribute_end(struct drawing *drawing) {
    if (drawing->writer) {
        note(drawing, xmlTextWriterEndAttribute(drawing->writer));
    }
}

void drawing_page(struct drawing *drawing) {
    if (drawing->writer) {
        note(drawing,
             xmlTextWriterWriteDTD(drawing->writer, XML("html"), NULL, NULL, NULL));
    }
}

void drawing_end_empty(struct drawing *drawing) {
    if (drawing->writer) {
        note(drawing, xmlTextWriterEndElement(drawing->writer));
    }
}

void drawing_text(struct drawing *drawing, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (drawing->writer) {
        note(drawing,
             xmlTextWriterWriteVFormatString(drawing->writer, format, arguments));
    }
    va_end(arguments);
}

void drawing_box(struct drawing *drawing, const char *class, double x, double y,
                 double width, double height) {
    drawing_begin(drawing, "rect");
    drawing_attribute(drawing, "class", "%s", class);
    drawing_attribute(drawing, "x", "%.2f", x);
    drawing_attribute(drawing, "y", "%.2f", y);
    drawing_attribute(drawing, "width", "%.2f", width);
    drawing_attribute(drawing, "height", "%.2f", height);
    drawing_end(drawing);
}

void drawing_label(struct drawing *drawing, double x, double y, const char *anchor,
                   const char *text) {
    drawing_begin(drawing, "text");
    drawing_attribute(drawing, "x", "%.1f", x);
    drawing_attribute(drawing, "y", "%.1f", y);
    drawing_attribute(drawing, "text-anchor", "%s", anchor);
    drawing_text(drawing, "%s", text);
    drawing_end(drawing);
}
