// SPDX-License-Identifier: MIT
#include "runner/util/utf8.h"

#include <stdbool.h>

/** Whether a byte goes on with a character. */
static bool is_inside(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_decode(const char *text, uint32_t *character) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = bytes[0] < 0x80             ? 1
                    : (bytes[0] & 0xe0) == 0xc0 ? 2
                    : (bytes[0] & 0xf0) == 0xe0 ? 3
                    : (bytes[0] & 0xf8) == 0xf0 ? 4
                                                : 0;
    *character = length == 1 ? bytes[0] : bytes[0] & (0x7f >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_inside(text[i])) {
            return 0;
        }
        *character = *character << 6 | (bytes[i] & 0x3f);
    }
    bool surrogate = *character >= 0xd800 && *character < 0xe000;
    bool good = length > 0 && *character >= least[length] && *character < 0x110000;
    return good && !surrogate ? length : 0;
}

size_t utf8_cut(const char *text, size_t length) {
    while (length > 0 && is_inside(text[length])) {
        length--;
    }
    return length;
}
