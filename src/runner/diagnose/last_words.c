// SPDX-License-Identifier: MIT
#include "runner/diagnose/last_words.h"

#include "runner/diagnose/callname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** How libc's messages about broken memory begin. */
static const char *const broken[] = {"free(): invalid",
                                     "free(): double free",
                                     "free(): corrupted",
                                     "free(): too many",
                                     "free(): unaligned",
                                     "malloc(): corrupted",
                                     "malloc(): invalid",
                                     "malloc(): unsorted",
                                     "malloc(): memory corruption",
                                     "malloc(): unaligned",
                                     "malloc(): smallbin",
                                     "malloc(): largebin",
                                     "malloc(): mismatching",
                                     "malloc(): bad",
                                     "malloc(): too many",
                                     "malloc_consolidate(): ",
                                     "realloc(): invalid",
                                     "double free or corruption",
                                     "corrupted size vs. ",
                                     "corrupted double-linked",
                                     "corrupted unsorted",
                                     "munmap_chunk(): ",
                                     "mremap_chunk(): ",
                                     "break adjusted to free",
                                     "*** Error in `",
                                     "Fatal error: glibc detected"};

/** And what is in those that begin in other ways. */
static const char *const broken_within[] = {"malloc assertion failure in", "malloc.c:"};

static size_t line_length(const char *text) {
    return strcspn(text, "\n");
}

/** Copy `length` bytes, as many as there is room for. */
static void copy(char *to, size_t size, const char *from, size_t length) {
    snprintf(to, size, "%.*s", (int)(length < size ? length : size), from);
}

bool last_words_in_line(const char *text, const char *words) {
    const char *found = strstr(text, words);
    return found && (size_t)(found - text) < line_length(text);
}

void last_words_line(const char *text, char *line, size_t size) {
    copy(line, size, text, line_length(text));
}

/** The next line of a text; NULL at its end. */
static const char *next_line(const char *line) {
    line += line_length(line);
    return *line == '\n' && line[1] ? line + 1 : NULL;
}

const char *last_words_find_line(const char *text, const char *words) {
    const char *line = text;
    while (line && strncmp(line, words, strlen(words)) != 0) {
        line = next_line(line);
    }
    return line;
}

void last_words_last_line(const char *text, char *line, size_t size) {
    for (; text; text = next_line(text)) {
        if (line_length(text) > 0) {
            last_words_line(text, line, size);
        }
    }
}

/** What Rust says where it panics: the message is in the next line. Of a panic in a panic's
 * hook that is empty, and the line behind it says that it was one. */
static bool panics_line(const char *line, char *words, size_t size) {
    static const char panic[] = "panicked at ";
    const char *found = strstr(line, panic);
    size_t length = line_length(line);
    if (!found || found >= line + length) {
        return false;
    }
    const char *message = line[length - 1] == ':' ? next_line(line) : NULL;
    while (message && line_length(message) == 0) {
        message = next_line(message);
    }
    last_words_line(found, words, size);
    size_t used = strlen(words);
    if (message && used + 2 < size) {
        words[used++] = ' ';
        last_words_line(message, words + used, size - used);
    }
    return true;
}

/** What Rust says where it gets no memory, or gives up. */
static bool rusts_line(const char *line, char *words, size_t size) {
    static const char no_memory[] = "memory allocation of ";
    if (strncmp(line, no_memory, strlen(no_memory)) == 0) {
        last_words_line(line, words, size);
        return true;
    }
    return panics_line(line, words, size);
}

void last_words_panic(const char *text, char *words, size_t size) {
    static const char *const about_others[] = {"panic in a function that cannot unwind",
                                               "panic in a destructor during cleanup"};
    for (const char *line = text; line; line = next_line(line)) {
        const char *message = next_line(line);
        bool other = false;
        for (size_t i = 0; message && i < COUNT(about_others); i++) {
            other |= last_words_in_line(message, about_others[i]);
        }
        if (!other) {
            (void)panics_line(line, words, size);
        }
    }
}

bool last_words_failed_check(const char *text, char *words, size_t size, char *place,
                             size_t room) {
    static const char panic[] = "panicked at ";
    static const char *const checks[] = {
        ": index out of bounds: the len is ",
        ": range start index ",
        ": range end index ",
        ": slice index starts at ",
        ": byte index ",
        ": attempt to ",
        ": called `Option::unwrap()` on a `None` value",
        ": assertion failed: ",
        ": assertion `left ",
        ": internal error: entered unreachable code",
        ": already borrowed",
        ": already mutably borrowed",
    };
    words[0] = place[0] = '\0';
    last_words_panic(text, words, size);
    for (size_t i = 0; i < COUNT(checks); i++) {
        const char *found = strstr(words, checks[i]);
        if (found && strncmp(words, panic, strlen(panic)) == 0) {
            const char *at = words + strlen(panic);
            copy(place, room, at, (size_t)(found - at));
            return true;
        }
    }
    return false;
}

/** What GLib says, without the time: "(process:7): Shop-ERROR **: 20:00:36.089: no memory". */
static bool glibs_line(const char *line, char *words, size_t size) {
    static const char sign[] = "ERROR **: ", time[] = "00:00:00.000: ";
    const char *found = strstr(line, sign);
    if (!found || found >= line + line_length(line)) {
        return false;
    }
    found += strlen(sign);
    size_t digits = strspn(found, "0123456789:.");
    found += digits + 2 == sizeof(time) && found[digits] == ' ' ? digits + 1 : 0;
    last_words_line(found, words, size);
    return true;
}

void last_words_parting(const char *text, char *words, size_t size) {
    for (const char *line = text; line; line = next_line(line)) {
        if (rusts_line(line, words, size) || glibs_line(line, words, size)) {
            return;
        }
    }
    last_words_last_line(text, words, size);
}

bool last_words_glib_check(const char *text, char *asserted, size_t size) {
    static const char sign[] = "CRITICAL **: ", check[] = ": assertion '",
                      end[] = "' failed";
    const char *found = NULL;
    for (const char *line = text; line; line = next_line(line)) {
        found = last_words_in_line(line, sign) ? line : found;
    }
    const char *condition = found ? strstr(found, check) : NULL;
    const char *behind = condition ? strstr(condition, end) : NULL;
    if (!behind || !last_words_in_line(found, end)) {
        return false;
    }
    condition += strlen(check);
    copy(asserted, size, condition, (size_t)(behind - condition));
    return true;
}

bool last_words_glib_assertion(const char *text, char *asserted, size_t size) {
    for (const char *line = text; line; line = next_line(line)) {
        const char *at = strstr(line, "ERROR:");
        for (int fields = 0; at && fields < 4; fields++) {
            at = strchr(at, ':');
            at = at && at < line + line_length(line) ? at + 1 : NULL;
        }
        if (at && *at == ' ') {
            last_words_line(at + 1, asserted, size);
            return true;
        }
    }
    return false;
}

static bool is_broken(const char *line) {
    for (size_t i = 0; i < COUNT(broken); i++) {
        if (strncmp(line, broken[i], strlen(broken[i])) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(broken_within); i++) {
        if (last_words_in_line(line, broken_within[i])) {
            return true;
        }
    }
    return false;
}

bool last_words_broken_heap(const struct outcome_facts *facts, char *message,
                            size_t size) {
    const char *const texts[] = {facts->abort_message, facts->last_words};
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (const char *line = texts[i]; line; line = next_line(line)) {
            if (is_broken(line)) {
                last_words_line(line, message, size);
                return true;
            }
        }
    }
    return false;
}

/** How assertions fail, and whether what was asserted stands in quotes. */
static const struct {
    const char *words;
    bool quoted;
} assertions[] = {
    {": Assertion `", true},        {": Assertion '", true},
    {"Assertion failed: ", false},  {": assertion failed: ", false},
    {": assertion failed ", false},
};

/** How much of a line was asserted: it may have quotes of its own; the last ends it. */
static size_t asserted_length(const char *asserted, bool quoted) {
    size_t length = line_length(asserted);
    size_t end = length;
    while (quoted && end > 0 && asserted[end - 1] != '\'') {
        end--;
    }
    return quoted && end > 0 ? end - 1 : length;
}

bool last_words_assertion(const struct outcome_facts *facts, char *text, size_t size) {
    const char *const texts[] = {facts->abort_message, facts->last_words};
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t k = 0; k < COUNT(assertions); k++) {
            const char *found = strstr(texts[i], assertions[k].words);
            if (found) {
                found += strlen(assertions[k].words);
                copy(text, size, found, asserted_length(found, assertions[k].quoted));
                return true;
            }
        }
    }
    return false;
}

/** Copy one length-and-name of a mangled type; what follows it, NULL if it is not one. */
static const char *copy_part(const char *mangled, char *to, size_t size) {
    char *name;
    unsigned long length = strtoul(mangled, &name, 10);
    if (name == mangled || length == 0 || length > strlen(name)) {
        return NULL;
    }
    copy(to, size, name, length);
    return name + length;
}

/**
 * Decode the mangled name of a plain class: without memory libstdc++ prints it as it is.
 * 0, or -1 where it is something else.
 */
static int demangle(const char *mangled, char *to, size_t size) {
    bool nested = *mangled == 'N';
    size_t used = 0;
    mangled += nested;
    if (strncmp(mangled, "St", 2) == 0) {
        used = (size_t)snprintf(to, size, "std");
        mangled += 2;
    }
    while (*mangled && *mangled != 'E') {
        if (used > 0 && used + 2 < size) {
            used += (size_t)snprintf(to + used, size - used, "::");
        }
        mangled = copy_part(mangled, to + used, size - used);
        if (!mangled) {
            return -1;
        }
        used += strlen(to + used);
    }
    return used > 0 && *mangled == (nested ? 'E' : '\0') ? 0 : -1;
}

/** What the C++ library says of an exception nobody caught. */
static bool type_from_words(const char *words, char *type, size_t size) {
    static const char *const signs[] = {"after throwing an instance of '",
                                        "uncaught exception of type "};
    for (size_t i = 0; i < COUNT(signs); i++) {
        const char *found = strstr(words, signs[i]);
        if (found) {
            char mangled[256];
            found += strlen(signs[i]);
            size_t length = i == 0 ? strcspn(found, "'\n") : strcspn(found, "\n");
            const char *colon = strstr(found, ": ");
            if (i > 0 && colon && (size_t)(colon - found) < length) {
                length = (size_t)(colon - found);
            }
            // A sanitizer can break in, and its own words follow.
            if (i == 0 && found[length] == '\n') {
                continue;
            }
            copy(mangled, sizeof(mangled), found, length);
            if (demangle(mangled, type, size) != 0) {
                copy(type, size, found, length);
            }
            return true;
        }
    }
    return false;
}

/** Copy the type a function is known to throw. */
static void type_from_function(const char *function, char *type, size_t size) {
    static const char thrower[] = "std::__throw_", bad_array[] = "__cxa_throw_bad_array_",
                      bad[] = "__cxa_bad_";
    if (strncmp(function, "operator new", strlen("operator new")) == 0) {
        snprintf(type, size, "std::bad_alloc");
    } else if (strncmp(function, thrower, strlen(thrower)) == 0) {
        const char *name = function + strlen(thrower);
        size_t length = strcspn(name, "(<");
        length -= length > 4 && strncmp(name + length - 4, "_fmt", 4) == 0 ? 4 : 0;
        snprintf(type, size, "std::%.*s", (int)length, name);
    } else if (strncmp(function, bad_array, strlen(bad_array)) == 0) {
        snprintf(type, size, "std::bad_array_%s", function + strlen(bad_array));
    } else if (strncmp(function, bad, strlen(bad)) == 0) {
        snprintf(type, size, "std::bad_%s", function + strlen(bad));
    }
}

/** Whether a frame is the part of operator new that throws: compilers split it off, and
 * it has no name. */
static bool is_cold_new(const struct outcome_facts *facts,
                        const struct outcome_frame *frame) {
    const struct outcome_injection *injection = facts->injection;
    return !frame->function && callname_is_library(frame->module) && injection &&
           injection->count > 0 && injection->frames[0].function &&
           strncmp(injection->frames[0].function, "operator new",
                   strlen("operator new")) == 0;
}

void last_words_exception(const struct outcome_facts *facts, char *type, size_t size) {
    type[0] = '\0';
    if (type_from_words(facts->last_words, type, size)) {
        return;
    }
    // The thrower stands right behind this.
    size_t at = 0;
    while (at < facts->count &&
           !callname_equal(facts->frames[at].function, "__cxa_throw")) {
        at++;
    }
    if (at + 1 >= facts->count) {
        return;
    }
    const struct outcome_frame *thrower = &facts->frames[at + 1];
    if (is_cold_new(facts, thrower)) {
        snprintf(type, size, "std::bad_alloc");
    } else if (thrower->function) {
        type_from_function(thrower->function, type, size);
    }
}

/** Whether a line says only what a type is called, with or without its scope. */
static bool is_name(const char *line, const char *type) {
    size_t length = line_length(line), all = strlen(type);
    return length <= all && strncmp(type + all - length, line, length) == 0;
}

void last_words_what(const char *text, const char *type, char *what, size_t size) {
    static const char libstdcxx[] = "after throwing an instance of '",
                      says[] = "  what():  ", libcxx[] = "uncaught exception of type ";
    const char *found = strstr(text, libstdcxx);
    const char *line = found ? next_line(found) : NULL;
    const char *message = NULL;
    if (line && strncmp(line, says, strlen(says)) == 0) {
        message = line + strlen(says);
    } else if ((found = strstr(text, libcxx)) && last_words_in_line(found, ": ")) {
        message = strstr(found, ": ") + strlen(": ");
    }
    what[0] = '\0';
    if (message && !is_name(message, type)) {
        last_words_line(message, what, size);
    }
}
