// SPDX-License-Identifier: MIT
/**
 * A pattern is a row of elements: `*`, or something that stands for one byte. Only the
 * last
 * `*` passed is ever gone back to: an earlier one could not do better.
 */
#include "core/policy/glob.h"

#include <stddef.h>

/** The byte that a set's element stands for; the pattern moves past it. */
static unsigned char set_byte(const char **pattern) {
    if (**pattern == '\\' && (*pattern)[1]) {
        ++*pattern;
    }
    return (unsigned char)*(*pattern)++;
}

/** Whether a `-` stands between two ends of a range rather than for itself. */
static bool is_range(const char *pattern) {
    return pattern[0] == '-' && pattern[1] && pattern[1] != ']';
}

/** Match the inside of a set, from after `[`. The pattern moves past its `]`. */
static bool set_holds(const char **pattern, unsigned char byte) {
    bool negated = **pattern == '!';
    bool held = false;
    *pattern += negated;
    do {
        unsigned char first = set_byte(pattern), last = first;
        if (is_range(*pattern)) {
            ++*pattern;
            last = set_byte(pattern);
        }
        held |= first <= byte && byte <= last;
    } while (**pattern && **pattern != ']');
    *pattern += **pattern == ']';
    return held != negated;
}

/** Match one element other than `*` with one byte. The pattern moves past it when it
 * does. */
static bool element_holds(const char **pattern, char byte) {
    const char *at = *pattern;
    bool holds = *at == '?' || *at == byte;
    if (*at == '\0') {
        return false;
    }
    if (*at == '[' && at[1] && !(at[1] == '!' && !at[2])) {
        at++;
        holds = set_holds(&at, (unsigned char)byte);
    } else {
        if (*at == '\\' && at[1]) {
            holds = *++at == byte;
        }
        at++;
    }
    if (holds) {
        *pattern = at;
    }
    return holds;
}

bool mf_glob_match(const char *pattern, const char *name) {
    const char *star = NULL, *again = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            again = name;
        } else if (element_holds(&pattern, *name)) {
            name++;
        } else if (star) {
            pattern = star;
            name = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

/** Check one element of a set; the pattern moves past it. */
static const char *set_element_fault(const char **pattern) {
    if ((*pattern)[0] == '[' && (*pattern)[1] == ':') {
        return "classes such as [:alpha:] are not known, write [A-Za-z]";
    }
    unsigned char first = set_byte(pattern);
    if (is_range(*pattern)) {
        ++*pattern;
        if (set_byte(pattern) < first) {
            return "a range in [...] runs backwards";
        }
    }
    return NULL;
}

/** Check a set from after its `[`; the pattern moves past its `]`. */
static const char *set_fault(const char **pattern) {
    if (**pattern == '^') {
        return "\"not\" is written [!...], a literal ^ is written \\^";
    }
    *pattern += **pattern == '!';
    bool closed = false;
    for (bool begun = false; **pattern && !closed; begun = true) {
        if (**pattern == ']' && begun) {
            closed = true;
            ++*pattern;
            continue;
        }
        const char *fault = set_element_fault(pattern);
        if (fault) {
            return fault;
        }
    }
    return closed ? NULL : "a [ has no ], a literal [ is written \\[";
}

const char *mf_glob_fault(const char *pattern) {
    int stars = 0;
    while (*pattern) {
        char byte = *pattern++;
        if (byte == '\\' && !*pattern++) {
            return "a \\ at the end has nothing to quote, a literal \\ is written \\\\";
        }
        stars += byte == '*';
        const char *fault = byte == '[' ? set_fault(&pattern) : NULL;
        if (fault) {
            return fault;
        }
    }
    return stars > MF_GLOB_STARS_MAX ? "more than 8 * in one pattern" : NULL;
}
