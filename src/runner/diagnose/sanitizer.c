// SPDX-License-Identifier: MIT
#include "runner/diagnose/sanitizer.h"

#include "core/policy/mix.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/** Room for a headline that identifies a report. */
#define HEADLINE_MAX 256

/** How the names of their functions begin. */
static const char *const functions[] = {
    "__sanitizer", "__asan",   "__ubsan",        "__tsan",         "__msan",
    "__lsan",      "__hwasan", "__interceptor_", "___interceptor_"};

static const char *const modules[] = {"libasan.so", "libubsan.so",  "libtsan.so",
                                      "liblsan.so", "libhwasan.so", "libclang_rt."};

static bool begins_with_any(const char *name, const char *const *table, size_t count) {
    for (size_t i = 0; name && i < count; i++) {
        if (strncmp(name, table[i], strlen(table[i])) == 0) {
            return true;
        }
    }
    return false;
}

bool sanitizer_is_function(const char *function) {
    return begins_with_any(function, functions, COUNT(functions));
}

bool sanitizer_is_module(const char *module) {
    return begins_with_any(module, modules, COUNT(modules));
}

/** Where words stand in the first `length` bytes of a text; NULL = nowhere. */
static const char *within(const char *text, size_t length, const char *words) {
    return memmem(text, length, words, strlen(words));
}

/** What an error of valgrind's tools begins with, behind "==PID== ". */
static const char *const errors[] = {
    "Invalid ",          "Mismatched ",      "Conditional jump ",
    "Use of uninit",     "Syscall param ",   "Source and destination overlap",
    "Jump to the inval", "Possible data ra", "Conflicting ",
    "Argument '",        "Thread #",         "Illegal memory pool",
};

/** The error that a line of valgrind's begins with; NULL = none. */
static const char *valgrinds(const char *line, size_t length) {
    size_t digits = length > 2 ? strspn(line + 2, "0123456789") : 0;
    const char *error = line + digits + 5;
    bool told = digits > 0 && length > digits + 5 && memcmp(line, "==", 2) == 0 &&
                memcmp(line + 2 + digits, "== ", 3) == 0;
    return told && begins_with_any(error, errors, COUNT(errors)) ? error : NULL;
}

/** What a line reports, from the sanitizer's name on; NULL where it is no headline.
 *
 * @name
 *         Set to what is to be put before it. */
static const char *reported(const char *line, size_t length, const char **name) {
    static const char *const kinds[] = {"ERROR: ", "WARNING: "};
    static const char undefined[] = ": runtime error: ", minimal[] = "ubsan: ";
    *name = "";
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const char *kind = within(line, length, kinds[i]);
        const char *from = kind ? kind + strlen(kinds[i]) : line;
        if (kind && within(from, length - (size_t)(from - line), "Sanitizer: ")) {
            return from;
        }
    }
    const char *error = valgrinds(line, length);
    *name = "valgrind: ";
    if (error) {
        return error;
    }
    error = within(line, length, undefined);
    *name = "UndefinedBehaviorSanitizer: ";
    // clang's -fsanitize-minimal-runtime.
    if (strncmp(line, minimal, strlen(minimal)) == 0) {
        return line + strlen(minimal);
    }
    return error ? error + strlen(undefined) : NULL;
}

/** Take the words that lead to an address away from the end of a headline. */
static size_t without_tail(const char *text, size_t length) {
    static const char *const tails[] = {" address", " unknown", " on", " at",
                                        " by",      " pc",      ":"};
    for (size_t i = 0; i < COUNT(tails); i++) {
        size_t tail = strlen(tails[i]);
        if (length > tail && memcmp(text + length - tail, tails[i], tail) == 0) {
            return without_tail(text, length - tail);
        }
    }
    return length;
}

/** Where a headline's first address or process id begins, or its end. */
static size_t lasting(const char *text, size_t length) {
    static const char *const moving[] = {" 0x", " (0x", " [0x", " (pid="};
    size_t shortest = length;
    for (size_t i = 0; i < COUNT(moving); i++) {
        const char *found = within(text, shortest, moving[i]);
        shortest = found ? (size_t)(found - text) : shortest;
    }
    return shortest < length ? without_tail(text, shortest) : length;
}

/** Take a word away that only begins a sentence. */
static void shorten(char *headline) {
    static const char word[] = "attempting ";
    char *found = strstr(headline, word);
    if (found) {
        memmove(found, found + strlen(word), strlen(found + strlen(word)) + 1);
    }
}

/** The next line with a headline, which is written down; NULL if there is none. */
static const char *next_headline(const char *text, char *headline, size_t size) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        const char *name;
        const char *found = reported(text, length, &name);
        if (found) {
            size_t rest = length - (size_t)(found - text);
            snprintf(headline, size, "%s%.*s", name, (int)lasting(found, rest), found);
            shorten(headline);
            return text;
        }
        text += length + (text[length] == '\n');
    }
    return NULL;
}

bool sanitizer_headline(const char *text, char *headline, size_t size) {
    const char *line = text;
    bool any = false;
    headline[0] = '\0';
    while ((line = next_headline(line, headline, size))) {
        any = true;
        line += strcspn(line, "\n");
    }
    return any;
}

/** Write down the place that a word tells, "dir/file.c:12:5", as "file.c:12"; whether it
 * is one of the program's. */
static bool put_place(const char *word, size_t length, char place[SANITIZER_PLACE_MAX]) {
    const char *end = word + length, *slash = memrchr(word, '/', length);
    const char *name = slash ? slash + 1 : word;
    const char *colon = memchr(name, ':', (size_t)(end - name));
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (digits == 0 || within(word, length, "libsanitizer/") ||
        within(word, length, "compiler-rt/")) {
        return false;
    }
    snprintf(place, SANITIZER_PLACE_MAX, "%.*s", (int)(colon + 1 + digits - name), name);
    return true;
}

/** Find a place among the words of a line. */
static bool find_word(const char *line, size_t length, char place[SANITIZER_PLACE_MAX]) {
    bool told = false;
    for (size_t at = 0, size; at < length && !told; at += size + 1) {
        const char *space = memchr(line + at, ' ', length - at);
        size = space ? (size_t)(space - line) - at : length - at;
        told = put_place(line + at, size, place);
    }
    return told;
}

/** Find the place in the first stack below a headline: "    #1 0x12 in f dir/file.c:12", or
 * "    #1 f dir/file.c:12 (program+0x12)". */
static void find_place(const char *line, char place[SANITIZER_PLACE_MAX]) {
    bool told = false;
    for (size_t length; !told && *(line += strcspn(line, "\n")) && line[1] != '\n';) {
        length = strcspn(++line, "\n");
        size_t margin = strspn(line, " ");
        const char *in = within(line, length, " in ");
        const char *number = memchr(line + margin, ' ', length - margin);
        const char *function = in ? in + 4 : number ? number + 1 : "";
        if (line[margin] == '#' && !sanitizer_is_function(function)) {
            told = find_word(line, length, place);
        }
    }
}

const char *sanitizer_next(const char *text, char *headline, size_t size,
                           char place[SANITIZER_PLACE_MAX]) {
    headline[0] = place[0] = '\0';
    const char *line = next_headline(text, headline, size);
    if (!line) {
        return NULL;
    }
    const char *undefined = within(line, strcspn(line, "\n"), ": runtime error: ");
    if (undefined) {
        put_place(line, (size_t)(undefined - line), place);
    } else {
        find_place(line, place);
    }
    return line;
}

bool sanitizer_first(const char *text, char *headline, size_t size,
                     char place[SANITIZER_PLACE_MAX]) {
    return sanitizer_next(text, headline, size, place);
}

/** What identifies a report. The values that it tells may differ from run to run. */
static uint64_t identify(const char *headline, const char *place) {
    uint64_t id = MF_MIX_STEP;
    for (; *headline; headline++) {
        if (!isdigit((unsigned char)*headline) && *headline != '-') {
            id = mf_mix(id ^ (unsigned char)*headline);
        }
    }
    for (; *place; place++) {
        id = mf_mix(id ^ (unsigned char)*place);
    }
    return id;
}

static bool has(const struct sanitizer_reports *reports, uint64_t id) {
    size_t at = 0;
    while (at < reports->count && reports->ids[at] != id) {
        at++;
    }
    return at < reports->count;
}

/** Find the next report, from a line on; NULL = there is none. */
static const char *next(const char *line, uint64_t *id) {
    char headline[HEADLINE_MAX], place[SANITIZER_PLACE_MAX];
    const char *found = sanitizer_next(line, headline, sizeof(headline), place);
    *id = found ? identify(headline, place) : 0;
    return found;
}

/** The line behind one. */
static const char *behind(const char *line) {
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

void sanitizer_reports_take(struct sanitizer_reports *reports, const char *text) {
    uint64_t id;
    for (const char *line = text; (line = next(line, &id)); line = behind(line)) {
        if (has(reports, id)) {
            continue;
        }
        if (reports->count == SANITIZER_REPORTS_MAX) {
            reports->more = true;
            return;
        }
        reports->ids[reports->count++] = id;
    }
}

const char *sanitizer_other_report(const char *text,
                                   const struct sanitizer_reports *others) {
    uint64_t id;
    for (const char *line = text; (line = next(line, &id)); line = behind(line)) {
        if (!has(others, id)) {
            return line;
        }
    }
    return text + strlen(text);
}

bool sanitizer_reports_are_among(const struct sanitizer_reports *reports,
                                 const struct sanitizer_reports *others) {
    size_t at = 0;
    while (at < reports->count && has(others, reports->ids[at])) {
        at++;
    }
    return at == reports->count && !reports->more;
}
