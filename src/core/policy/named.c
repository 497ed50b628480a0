// SPDX-License-Identifier: MIT
#include "core/policy/named.h"

#include "core/policy/errnos.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** A part of a text. */
struct part {
    const char *from;
    size_t length;
};

static bool is_word(struct part part, const char *word) {
    return strlen(word) == part.length && memcmp(part.from, word, part.length) == 0;
}

/** Read a number from the front of a part, and leave it out; whether there is one. */
static bool take_number(struct part *part, uint64_t *number) {
    size_t digits = 0;
    *number = 0;
    while (digits < part->length && digits < 18 && part->from[digits] >= '0' &&
           part->from[digits] <= '9') {
        *number = 10 * *number + (uint64_t)(part->from[digits++] - '0');
    }
    part->from += digits;
    part->length -= digits;
    return digits > 0;
}

static bool read_size(struct mf_named *named, struct part part) {
    for (unsigned i = 0; i < COUNT(named->sizes); i++) {
        uint64_t argument;
        if (!take_number(&part, &argument) || argument < 1 ||
            argument > MF_NAMED_ARGUMENTS) {
            return false;
        }
        named->sizes[i] = (uint32_t)argument;
        if (part.length == 0) {
            return true;
        }
        if (part.from[0] != '*') {
            return false;
        }
        part.from++;
        part.length--;
    }
    return false;
}

static bool read_value(struct mf_named *named, struct part part) {
    uint64_t number;
    bool negative = part.length > 0 && part.from[0] == '-';
    if (is_word(part, "NULL")) {
        named->value = 0;
        return true;
    }
    part.from += negative;
    part.length -= negative;
    if (!take_number(&part, &number) || part.length > 0) {
        return false;
    }
    named->value = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool read_error(struct mf_named *named, struct part part) {
    char name[24] = "";
    if (part.length < sizeof(name)) {
        memcpy(name, part.from, part.length);
    }
    named->error = mf_errno_find(name);
    return named->error || is_word(part, "0");
}

static const struct {
    const char *key, *expected;
    bool (*read)(struct mf_named *named, struct part part);
} keys[] = {
    {"size=", "one argument's number or two, from 1 to 6, as in size=1 or size=1*2",
     read_size},
    {"fail=", "a decimal number of up to 18 digits, or NULL", read_value},
    {"errno=", "a name such as ENOMEM or EMFILE, or 0 to leave it alone", read_error},
};

/** Read the last part of a text if it has a key; its length with the colon, 0 where it has
 * none, -1 where its value is wrong, or it came before: those are bits. */
static int read_last(struct mf_named *named, const char *text, size_t length,
                     unsigned *came, struct mf_text *why) {
    size_t from = length;
    while (from > 0 && text[from - 1] != ':') {
        from--;
    }
    for (size_t i = 0; from > 0 && i < COUNT(keys); i++) {
        size_t key = strlen(keys[i].key);
        if (length - from < key || memcmp(text + from, keys[i].key, key) != 0) {
            continue;
        }
        struct part part = {text + from + key, length - from - key};
        if (*came >> i & 1) {
            mf_text_add(why, keys[i].key);
            mf_text_add(why, " is given twice");
            return -1;
        }
        *came |= 1u << i;
        if (!keys[i].read(named, part)) {
            mf_text_add(why, keys[i].key);
            mf_text_add(why, " takes ");
            mf_text_add(why, keys[i].expected);
            return -1;
        }
        return (int)(length - from + 1);
    }
    return 0;
}

int mf_named_read(struct mf_named *named, const char *text, struct mf_text *why) {
    size_t length = strlen(text);
    *named = (struct mf_named){.error = ENOMEM};
    if (length >= MF_NAMED_TEXT_MAX) {
        mf_text_add(why, "a function by name takes at most 159 bytes");
        return -1;
    }
    memcpy(named->text, text, length + 1);
    int last;
    unsigned came = 0;
    while ((last = read_last(named, text, length, &came, why)) > 0) {
        length -= (size_t)last;
    }
    if (last == 0 && length == 0) {
        mf_text_add(why, "the function's name is missing");
        last = -1;
    }
    memcpy(named->name, text, length);
    return last;
}
