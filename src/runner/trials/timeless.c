// SPDX-License-Identifier: MIT
#include "runner/trials/timeless.h"

#include "core/policy/mix.h"

#include <stddef.h>
#include <string.h>

static uint64_t mix(uint64_t hash, char byte) {
    return (hash ^ (unsigned char)byte) * MF_MIX_STEP + 1;
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

/** Whether a byte is part of a word, that of a UTF-8 character too. */
static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (unsigned char)byte >= 0x80;
}

static bool is_unit(const char *word) {
    static const char *const units[] = {
        "s",  "sec",  "secs",    "second", "seconds", "ms",  "msec",
        "us", "usec", "\u00b5s", "ns",     "nsec",    "min", "minutes",
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(word, units[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** What came last is a time, or it is not. */
static void settle(struct timeless *text) {
    if (text->in == TIMELESS_TEXT) {
        return;
    }
    text->unit[text->unit_length] = '\0';
    if (text->in == TIMELESS_UNIT && !text->in_word && is_unit(text->unit)) {
        text->times++;
        text->hash = mix(text->hash, '#');
        for (const char *at = text->unit; *at; at++) {
            text->hash = mix(text->hash, *at);
        }
    } else {
        text->hash = text->with;
    }
    text->in = TIMELESS_TEXT;
    text->unit_length = 0;
}

/** Whether a byte goes on with what may become a time. */
static bool goes_on(struct timeless *text, char byte) {
    switch (text->in) {
    case TIMELESS_NUMBER:
        if (byte == ' ') {
            text->in = TIMELESS_BLANK;
        } else if (is_letter(byte)) {
            text->in = TIMELESS_UNIT;
        }
        return is_digit(byte) || byte == '.' || text->in != TIMELESS_NUMBER;
    case TIMELESS_BLANK:
        text->in = is_letter(byte) ? TIMELESS_UNIT : TIMELESS_BLANK;
        return text->in == TIMELESS_UNIT;
    case TIMELESS_UNIT:
        return is_letter(byte) && text->unit_length < TIMELESS_UNIT_MAX;
    case TIMELESS_TEXT:
        break;
    }
    return false;
}

void timeless_add(struct timeless *text, char byte) {
    if (goes_on(text, byte)) {
        text->with = mix(text->with, byte);
        if (text->in == TIMELESS_UNIT) {
            text->unit[text->unit_length++] = byte;
        }
        return;
    }
    // "5s3" is a word, and a very long one is no unit.
    text->in_word |= text->in == TIMELESS_UNIT && (is_digit(byte) || is_letter(byte));
    settle(text);
    if (is_digit(byte) && !text->in_word) {
        text->in = TIMELESS_NUMBER;
        text->with = mix(text->hash, byte);
    } else {
        text->hash = mix(text->hash, byte);
        text->in_word = is_letter(byte) || is_digit(byte) || byte == '_';
    }
}

uint64_t timeless_end(struct timeless *text) {
    settle(text);
    return text->hash;
}
