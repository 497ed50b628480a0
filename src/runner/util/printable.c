// SPDX-License-Identifier: MIT
#include "runner/util/printable.h"

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

/** The length of the first character of a text, if it may stay; 0 where it is to be
 * replaced, together with `skip` bytes. */
static size_t next_fit(const char *text, bool lines, size_t *skip) {
    uint32_t character;
    size_t length = decode(text, &character);
    bool kept = lines && (*text == '\n' || *text == '\t');
    *skip = length ? length : 1;
    return length > 0 && (kept || is_fit(character)) ? length : 0;
}

/** Make a text fit, with or without ends of lines. */
static void make_fit(char *text, bool lines) {
    char *to = text;
    size_t skip;
    for (; *text; text += skip) {
        size_t length = next_fit(text, lines, &skip);
        if (length > 0) {
            memmove(to, text, length);
            to += length;
        } else {
            *to++ = '?';
        }
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

bool printable_is_fit(const char *text) {
    size_t skip;
    for (; *text; text += skip) {
        if (next_fit(text, false, &skip) == 0) {
            return false;
        }
    }
    return true;
}

void tame(char *text) {
    make_fit(text, false);
}

char *printable_line(const char *text) {
    return copy_fit(text, false);
}

char *printable_text(const char *text) {
    return copy_fit(text, true);
}

size_t printable_put(const char *text, FILE *stream) {
    size_t skip, used = 0;
    for (text = text ? text : ""; *text; text += skip) {
        size_t length = next_fit(text, false, &skip);
        fwrite(length > 0 ? text : "?", 1, length > 0 ? length : 1, stream);
        used += length > 0 ? length : 1;
    }
    return used;
}
