// SPDX-License-Identifier: MIT
// The only user of libxml2.
#include "runner/util/markup.h"

#include "runner/util/printable.h"

#include <dlfcn.h>
#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/** From 2.14 on its binary interface is another one. */
#if LIBXML_VERSION < 21400
#define LIBRARY "libxml2.so.2"
#else
#define LIBRARY "libxml2.so.16"
#endif

/** libxml2's functions. It is loaded when a document is written: with ICU and the C++ library
 * behind it, it takes as long as all the rest of the runner's start. */
#define FUNCTIONS(X)                                                                     \
    X(xmlFreeTextWriter);                                                                \
    X(xmlMemSetup);                                                                      \
    X(xmlNewTextWriter);                                                                 \
    X(xmlOutputBufferClose);                                                             \
    X(xmlOutputBufferCreateIO);                                                          \
    X(xmlTextWriterEndDocument);                                                         \
    X(xmlTextWriterEndElement);                                                          \
    X(xmlTextWriterFlush);                                                               \
    X(xmlTextWriterFullEndElement);                                                      \
    X(xmlTextWriterSetIndent);                                                           \
    X(xmlTextWriterSetIndentString);                                                     \
    X(xmlTextWriterStartDocument);                                                       \
    X(xmlTextWriterStartElement);                                                        \
    X(xmlTextWriterWriteAttribute);                                                      \
    X(xmlTextWriterWriteRaw);                                                            \
    X(xmlTextWriterWriteString)

#define MEMBER(name) __typeof__(name) *(name)

static struct {
    void *handle;
    FUNCTIONS(MEMBER);
} libxml;

/** Load it; whether it is there, with errno where not. */
static bool load(void) {
    if (libxml.handle) {
        return true;
    }
    errno = 0;
    void *handle = dlopen(LIBRARY, RTLD_NOW);
    bool found = handle != NULL;
#define FIND(name)                                                                       \
    libxml.name = found ? (__typeof__(libxml.name))dlsym(handle, #name) : NULL;          \
    found = libxml.name != NULL
    FUNCTIONS(FIND);
    if (found) {
        libxml.handle = handle;
    } else if (errno != ENOMEM) {
        errno = ELIBACC;
    }
    return found;
}

/** How many allocations of libxml2's have failed. Not all of its functions tell: some leave
 * a text out, or an element's end. */
static unsigned long refusals;

static void *counted(void *block) {
    refusals += !block;
    return block;
}

static void *allocate(size_t size) {
    return counted(malloc(size));
}

static void *resize(void *block, size_t size) {
    return counted(realloc(block, size));
}

static char *duplicate(const char *text) {
    return counted(strdup(text));
}

/** Add up what libxml2 says. */
static void note(struct markup *markup, int result) {
    markup->failed |= result < 0;
}

/** Write for libxml2, which would print what went wrong, and forget why. */
static int put(void *context, const char *bytes, int length) {
    struct markup *markup = context;
    if (!markup->fault &&
        fwrite(bytes, 1, (size_t)length, markup->stream) != (size_t)length) {
        markup->fault = errno ? errno : EIO;
    }
    return length;
}

int markup_begin(struct markup *markup, FILE *stream, bool xml) {
    if (!load()) {
        return -1;
    }
    libxml.xmlMemSetup(free, allocate, resize, duplicate);
    *markup = (struct markup){.stream = stream, .refusals = refusals};
    xmlOutputBufferPtr buffer = libxml.xmlOutputBufferCreateIO(put, NULL, markup, NULL);
    xmlTextWriterPtr writer = buffer ? libxml.xmlNewTextWriter(buffer) : NULL;
    if (!writer) {
        if (buffer) {
            libxml.xmlOutputBufferClose(buffer);
        }
        errno = ENOMEM;
        return -1;
    }
    markup->writer = writer;
    if (xml) {
        note(markup, libxml.xmlTextWriterSetIndent(writer, 1));
        note(markup, libxml.xmlTextWriterSetIndentString(writer, BAD_CAST "  "));
        note(markup, libxml.xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL));
    } else {
        note(markup, libxml.xmlTextWriterWriteRaw(writer, BAD_CAST "<!DOCTYPE html>\n"));
    }
    return 0;
}

int markup_finish(struct markup *markup) {
    // The end of the document closes what is open, and tells whether all was written.
    note(markup, libxml.xmlTextWriterEndDocument(markup->writer));
    note(markup, libxml.xmlTextWriterFlush(markup->writer));
    libxml.xmlFreeTextWriter(markup->writer);
    markup->writer = NULL;
    bool refused = refusals != markup->refusals;
    if (markup->fault && !refused) {
        errno = markup->fault;
        return -1;
    }
    if (refused || markup->failed) {
        errno = refused || !errno ? ENOMEM : errno;
        return -1;
    }
    return 0;
}

void markup_open(struct markup *markup, const char *name) {
    note(markup, libxml.xmlTextWriterStartElement(markup->writer, BAD_CAST name));
}

void markup_attribute(struct markup *markup, const char *name, const char *value) {
    char *shown = value ? printable_text(value) : NULL;
    if (shown) {
        note(markup, libxml.xmlTextWriterWriteAttribute(markup->writer, BAD_CAST name,
                                                        BAD_CAST shown));
    }
    markup->failed |= value && !shown;
    free(shown);
}

void markup_attribute_print(struct markup *markup, const char *name, const char *format,
                            ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        markup->failed = true;
        return;
    }
    markup_attribute(markup, name, text);
    free(text);
}

void markup_number(struct markup *markup, const char *name, long long value) {
    char text[32];
    snprintf(text, sizeof(text), "%lld", value);
    markup_attribute(markup, name, text);
}

void markup_text(struct markup *markup, const char *text) {
    char *shown = printable_text(text);
    note(markup,
         shown ? libxml.xmlTextWriterWriteString(markup->writer, BAD_CAST shown) : -1);
    free(shown);
}

void markup_print(struct markup *markup, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        markup->failed = true;
        return;
    }
    markup_text(markup, text);
    free(text);
}

void markup_raw(struct markup *markup, const char *text) {
    note(markup, libxml.xmlTextWriterWriteRaw(markup->writer, BAD_CAST text));
}

void markup_close(struct markup *markup) {
    note(markup, libxml.xmlTextWriterFullEndElement(markup->writer));
}

void markup_close_void(struct markup *markup) {
    note(markup, libxml.xmlTextWriterEndElement(markup->writer));
}

void markup_element(struct markup *markup, const char *name, const char *class,
                    const char *text) {
    markup_open(markup, name);
    markup_attribute(markup, "class", class);
    markup_text(markup, text);
    markup_close(markup);
}
