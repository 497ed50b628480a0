// SPDX-License-Identifier: MIT
#include "runner/formats/formats.h"

#include <errno.h>
#include <string.h>

static const struct format formats[] = {
    {"text", format_text, false},  {"json", format_json, true},
    {"junit", format_junit, true}, {"sarif", format_sarif, false},
    {"html", format_html, false},  {"github", format_github, false},
};

const struct format *formats_find(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strlen(formats[i].name) == length &&
            strncmp(formats[i].name, name, length) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

int formats_draw(const struct format *format, const struct document *document,
                 FILE *stream) {
    *document->ran_out = false;
    int result = format->function(document, stream);
    if (result == 0 && *document->ran_out) {
        errno = ENOMEM;
        return -1;
    }
    return result;
}

const char *formats_names(void) {
    return "text, json, junit, sarif, html, github";
}
