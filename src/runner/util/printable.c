// SPDX-License-Identifier: MIT
#include "runner/util/printable.h"

#include "runner/util/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
    size_t length = utf8_decode(text, &character);
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

void printable_fix(char *text) {
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
