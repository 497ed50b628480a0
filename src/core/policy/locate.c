// SPDX-License-Identifier: MIT
/**
 * A walk over JSON's tokens that keeps no tree: jansson's values do not know where they
 * stood. It is made for texts that jansson has accepted, and safe with any other.
 */
#include "core/policy/locate.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

static bool is_at(const struct cursor *cursor, char byte) {
    return cursor->at < cursor->end && *cursor->at == byte;
}

static bool is_one_of(const struct cursor *cursor, const char *bytes) {
    return cursor->at < cursor->end && *cursor->at && strchr(bytes, *cursor->at);
}

static void skip_space(struct cursor *cursor) {
    while (is_one_of(cursor, " \t\r\n")) {
        cursor->at++;
    }
}

/** From a string's opening quote to after its closing one. */
static void skip_string(struct cursor *cursor) {
    for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++) {
        if (*cursor->at == '\\' && cursor->at + 1 < cursor->end) {
            cursor->at++;
        }
    }
    cursor->at += cursor->at < cursor->end;
}

/** A token that is neither space nor string: a bracket, a comma, a number, a word. */
static void skip_word(struct cursor *cursor) {
    do {
        cursor->at++;
    } while (cursor->at < cursor->end && !is_one_of(cursor, "[]{},:\" \t\r\n"));
}

/** Go past one token and say how it changes the depth of nesting: by -1, 0 or 1. */
static int skip_token(struct cursor *cursor) {
    int change = is_one_of(cursor, "[{") ? 1 : is_one_of(cursor, "]}") ? -1 : 0;
    if (is_at(cursor, '"')) {
        skip_string(cursor);
    } else if (is_one_of(cursor, "[]{},:")) {
        cursor->at++;
    } else {
        skip_word(cursor);
    }
    return change;
}

static void skip_value(struct cursor *cursor) {
    int depth = 0;
    do {
        skip_space(cursor);
        if (cursor->at < cursor->end) {
            depth += skip_token(cursor);
        }
    } while (depth > 0 && cursor->at < cursor->end);
}

size_t mf_locate_depth(const char *text, size_t length) {
    struct cursor cursor = {text, text + length};
    size_t depth = 0, deepest = 0;
    skip_space(&cursor);
    while (cursor.at < cursor.end) {
        int change = skip_token(&cursor);
        depth = change < 0 ? depth - (depth > 0) : depth + (size_t)change;
        deepest = depth > deepest ? depth : deepest;
        skip_space(&cursor);
    }
    return deepest;
}

struct mf_locate_place mf_locate_offset(const char *text, size_t offset) {
    struct mf_locate_place place = {1, 1};
    for (size_t i = 0; i < offset; i++) {
        place.column++;
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

/** Four hexadecimal digits; 0 when there are not four. */
static uint32_t hex4(struct cursor *cursor) {
    uint32_t value = 0;
    if (cursor->end - cursor->at < 4) {
        cursor->at = cursor->end;
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        char digit = *cursor->at++;
        value = value << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit & 0xf) + 9);
    }
    return value;
}

/** The code point of a \u escape, from after the u; a pair of surrogates makes one. */
static uint32_t code_point(struct cursor *cursor) {
    uint32_t point = hex4(cursor);
    if (point >= 0xd800 && point < 0xdc00 && cursor->end - cursor->at >= 6) {
        cursor->at += 2;
        point = 0x10000 + ((point & 0x3ff) << 10) + (hex4(cursor) & 0x3ff);
    }
    return point;
}

/** Write a code point as UTF-8 and say how many bytes that takes. */
static size_t encode(uint32_t point, char bytes[4]) {
    size_t tail = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0x00, 0xc0, 0xe0, 0xf0};
    for (size_t i = tail; i > 0; i--) {
        bytes[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    bytes[0] = (char)(lead[tail] | point);
    return tail + 1;
}

/** Read one character of a string, an escape included, as UTF-8. */
static size_t decode(struct cursor *cursor, char bytes[4]) {
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    bytes[0] = *cursor->at++;
    if (bytes[0] != '\\' || cursor->at >= cursor->end) {
        return 1;
    }
    bytes[0] = *cursor->at++;
    if (bytes[0] == 'u') {
        return encode(code_point(cursor), bytes);
    }
    const char *letter = bytes[0] ? strchr(letters, bytes[0]) : NULL;
    bytes[0] = letter ? meant[letter - letters] : bytes[0];
    return 1;
}

/** Whether the string at the cursor says `key`. */
static bool says(struct cursor cursor, const char *key) {
    for (cursor.at++; cursor.at < cursor.end && *cursor.at != '"';) {
        char bytes[4];
        size_t count = decode(&cursor, bytes);
        if (*key == '\0' || strncmp(key, bytes, count) != 0) {
            return false;
        }
        key += count;
    }
    return *key == '\0';
}

/** Go from a member's key to its value. */
static void skip_key(struct cursor *cursor) {
    skip_string(cursor);
    skip_space(cursor);
    cursor->at += is_at(cursor, ':');
    skip_space(cursor);
}

/** Go past a value and the comma after it. */
static bool next(struct cursor *cursor) {
    skip_value(cursor);
    skip_space(cursor);
    bool more = is_at(cursor, ',');
    cursor->at += more;
    skip_space(cursor);
    return more;
}

/** Go from an object to the key of one of its members. */
static bool enter_object(struct cursor *cursor, const char *key) {
    cursor->at++;
    skip_space(cursor);
    while (is_at(cursor, '"')) {
        if (says(*cursor, key)) {
            return true;
        }
        skip_key(cursor);
        if (!next(cursor)) {
            return false;
        }
    }
    return false;
}

/** Go from an array to one of its elements. */
static bool enter_array(struct cursor *cursor, size_t index) {
    cursor->at++;
    skip_space(cursor);
    while (index > 0 && next(cursor)) {
        index--;
    }
    return index == 0 && cursor->at < cursor->end && !is_at(cursor, ']');
}

/** Go one step down, for a member to its key. */
static bool enter(struct cursor *cursor, const struct mf_locate_step *step) {
    if (step->key) {
        return is_at(cursor, '{') && enter_object(cursor, step->key);
    }
    return is_at(cursor, '[') && enter_array(cursor, step->index);
}

struct mf_locate_place mf_locate_path(const char *text, size_t length,
                                      const struct mf_locate_step *steps, size_t count,
                                      int at_key) {
    struct cursor cursor = {text, text + length};
    skip_space(&cursor);
    for (size_t i = 0; i < count; i++) {
        struct cursor inner = cursor;
        if (!enter(&inner, &steps[i])) {
            break;
        }
        if (steps[i].key && !(at_key && i + 1 == count)) {
            skip_key(&inner);
        }
        cursor = inner;
    }
    return mf_locate_offset(text, (size_t)(cursor.at - text));
}
