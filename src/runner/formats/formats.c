// SPDX-License-Identifier: MIT
#include "runner/formats/formats.h"

#include <errno.h>
#include <string.h>

#define ROW(name, trials) {#name, format_##name, trials},
static const struct format formats[] = {FORMATS(ROW, ROW)};

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
