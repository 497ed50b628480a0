// SPDX-License-Identifier: MIT
#include "runner/formats.h"

#include <string.h>

static const struct format formats[] = {
    {"text", format_text},   {"json", format_json}, {"junit", format_junit},
    {"sarif", format_sarif}, {"html", format_html}, {"github", format_github},
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

const char *formats_names(void) {
    return "text, json, junit, sarif, html, github";
}
