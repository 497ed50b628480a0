// SPDX-License-Identifier: MIT
#include "core/policy/text.h"

#include <stdbool.h>
#include <string.h>

static bool continues_sequence(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/** The longest beginning of a piece that has at most `room` bytes and whole
 * characters. */
static size_t whole_characters(const char *piece, size_t length, size_t room) {
    if (length <= room) {
        return length;
    }
    while (room > 0 && continues_sequence(piece[room])) {
        room--;
    }
    return room;
}

static void add_bytes(struct mf_text *text, const char *piece, size_t length) {
    size_t fits = whole_characters(piece, length, text->size - 1 - text->used);
    memcpy(text->bytes + text->used, piece, fits);
    text->used += fits;
    text->bytes[text->used] = '\0';
}

void mf_text_unescape(char *path) {
    char *to = path;
    for (const char *at = path; *at; at++) {
        bool newline = at[0] == '\\' && at[1] == '0' && at[2] == '1' && at[3] == '2';
        *to++ = newline ? '\n' : *at;
        at += newline ? 3 : 0;
    }
    *to = '\0';
}

struct mf_text mf_text_begin(char *bytes, size_t size) {
    bytes[0] = '\0';
    return (struct mf_text){.bytes = bytes, .size = size};
}

void mf_text_add(struct mf_text *text, const char *piece) {
    add_bytes(text, piece, strlen(piece));
}

size_t mf_text_control(const char *string, size_t length) {
    if (length == 0) {
        return 0;
    }
    unsigned char first = (unsigned char)string[0];
    if (first < 0x20 || first == 0x7f) {
        return 1;
    }
    // U+0080 to U+009F: terminals obey these too.
    bool c1 = length > 1 && first == 0xc2 && (unsigned char)string[1] < 0xa0;
    return c1 ? 2 : 0;
}

/** How many bytes the UTF-8 sequence has that a string begins with; 0 where it begins
 * with none. */
static size_t sequence_length(const char *string, size_t length) {
    const unsigned char *bytes = (const unsigned char *)string;
    size_t wanted = bytes[0] < 0x80                       ? 1
                    : bytes[0] < 0xc2 || bytes[0] >= 0xf5 ? 0
                    : bytes[0] < 0xe0                     ? 2
                    : bytes[0] < 0xf0                     ? 3
                                                          : 4;
    if (wanted > length) {
        return 0;
    }
    for (size_t i = 1; i < wanted; i++) {
        if (!continues_sequence(string[i])) {
            return 0;
        }
    }
    // Longer than it need be, of a surrogate, or beyond the last character.
    bool odd = wanted > 2 && ((bytes[0] == 0xe0 && bytes[1] < 0xa0) ||
                              (bytes[0] == 0xed && bytes[1] >= 0xa0) ||
                              (bytes[0] == 0xf0 && bytes[1] < 0x90) ||
                              (bytes[0] == 0xf4 && bytes[1] >= 0x90));
    return odd ? 0 : wanted;
}

/** Whether a character of three bytes ends lines or turns the direction of what follows:
 * U+2028 to U+202E, U+2066 to U+2069. */
static bool turns(const char *character) {
    const unsigned char *bytes = (const unsigned char *)character;
    return bytes[0] == 0xe2 &&
           ((bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) ||
            (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9));
}

/** How many bytes at the front of a string are nothing to be shown; 0 = its first
 * character can be. */
static size_t unfit_length(const char *string, size_t length) {
    size_t sequence = sequence_length(string, length);
    if (sequence == 0) {
        return 1;
    }
    return sequence == 3 && turns(string) ? sequence : mf_text_control(string, length);
}

/** How many bytes to add at once: up to the next that are nothing to be shown. */
static size_t printable_stretch(const char *piece, size_t length) {
    size_t stretch = 0;
    while (stretch < length && !unfit_length(piece + stretch, length - stretch)) {
        stretch += sequence_length(piece + stretch, length - stretch);
    }
    return stretch;
}

void mf_text_add_printable(struct mf_text *text, const char *piece, size_t length) {
    while (length > 0) {
        size_t stretch = printable_stretch(piece, length);
        add_bytes(text, piece, stretch);
        piece += stretch;
        length -= stretch;
        size_t unfit = length > 0 ? unfit_length(piece, length) : 0;
        if (unfit > 0) {
            add_bytes(text, "?", 1);
        }
        piece += unfit;
        length -= unfit;
    }
}

void mf_text_quote_bytes(struct mf_text *text, const char *piece, size_t length) {
    size_t shown = whole_characters(piece, length, MF_TEXT_QUOTE_MAX);
    mf_text_add(text, "\"");
    mf_text_add_printable(text, piece, shown);
    mf_text_add(text, shown < length ? "...\"" : "\"");
}

void mf_text_quote(struct mf_text *text, const char *piece) {
    mf_text_quote_bytes(text, piece, strlen(piece));
}

void mf_text_number(struct mf_text *text, uint64_t number) {
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_bytes(text, digits + at, sizeof(digits) - at);
}

void mf_text_signed(struct mf_text *text, int64_t number) {
    if (number < 0) {
        mf_text_add(text, "-");
    }
    mf_text_number(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void mf_text_choice(struct mf_text *text, const char *name, size_t index, size_t count) {
    if (index > 0) {
        mf_text_add(text, index + 1 == count ? " or " : ", ");
    }
    mf_text_quote(text, name);
}
