// SPDX-License-Identifier: MIT
#include "runner/tame.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** The first character of a text, which is not empty; its length, 0 where it is no
 * UTF-8. */
static size_t decode(const char *text, uint32_t *character) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = bytes[0] < 0x80             ? 1
                    : (bytes[0] & 0xe0) == 0xc0 ? 2
                    : (bytes[0] & 0xf0) == 0xe0 ? 3
                    : (bytes[0] & 0xf8) == 0xf0 ? 4
                                                : 0;
    *character = length == 1 ? bytes[0] : bytes[0] & (0x7f >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        *character = *character << 6 | (bytes[i] & 0x3f);
    }
    bool surrogate = *character >= 0xd800 && *character < 0xe000;
    bool good = length > 0 && *character >= least[length] && *character < 0x110000;
    return good && !surrogate ? length : 0;
}

/** Whether a character can be shown: not a control, nor a turn of direction, nor what no
 * XML may have. */
static bool is_fit(uint32_t character) {
    bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);
    bool direction = (character >= 0x2028 && character <= 0x202e) ||
                     (character >= 0x2066 && character <= 0x2069);
    return !control && !direction && (character & 0xfffe) != 0xfffe;
}

/** Make a text fit, with or without ends of lines. */
static void make_fit(char *text, bool lines) {
    char *to = text;
    while (*text) {
        uint32_t character;
        size_t length = decode(text, &character);
        bool kept = lines && (*text == '\n' || *text == '\t');
        if (length > 0 && (kept || is_fit(character))) {
            memmove(to, text, length);
            to += length;
        } else {
            *to++ = '?';
        }
        text += length ? length : 1;
    }
    *to = '\0';
}

/** A fit copy; "" for NULL. */
static char *copy_fit(const char *text, bool lines) {
    char *copy = strdup(text ? text : "");
    if (copy) {
        make_fit(copy, lines);
    }
    return copy;
}

void tame(char *text) {
    make_fit(text, false);
}

char *tame_line(const char *text) {
    return copy_fit(text, false);
}

char *tame_text(const char *text) {
    return copy_fit(text, true);
}

void tame_put(const char *text, FILE *stream) {
    char *line = tame_line(text);
    fputs(line ? line : "?", stream);
    free(line);
}
