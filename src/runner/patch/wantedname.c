// SPDX-License-Identifier: MIT
#include "runner/patch/wantedname.h"

#include "runner/code/demangle.h"

#include <stdlib.h>
#include <string.h>

/** Where the last word of a name is that linkers write as it is: the function's, without
 * arguments. Operators, destructors and lambdas have none. */
static size_t last_word(const char *text, size_t *length) {
    size_t begin = 0, end = 0, depth = 0, at;
    for (at = 0; text[at] && !(text[at] == '(' && depth == 0 && at > begin); at++) {
        if (strchr("(<", text[at])) {
            end = depth == 0 && at > begin ? at : end;
            depth++;
        } else if (strchr(")>", text[at])) {
            depth -= depth > 0;
        } else if (depth == 0 && strchr(": *&", text[at])) {
            begin = at + 1;
            end = 0;
        }
    }
    *length = (end > begin ? end : at) - begin;
    return begin;
}

void wantedname_begin(struct wantedname *name, const char *text) {
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_";
    *name = (struct wantedname){.text = text};
    size_t length;
    size_t begin = last_word(text, &length);
    if (!strstr(text, "operator") && strspn(text + begin, word) >= length) {
        memcpy(name->part, text + begin, length);
    }
}

/** Whether a part of a name, behind a dot, says that a compiler or linker has renamed the
 * function, and left it as it is: "lto_priv", "llvm", or only a number. */
static bool is_renaming(const char *part, size_t length) {
    static const char *const renaming[] = {"lto_priv", "llvm", "__uniq", "localalias"};
    bool is = strspn(part, "0123456789") >= length;
    for (size_t i = 0; i < sizeof(renaming) / sizeof(renaming[0]) && !is; i++) {
        is = length == strlen(renaming[i]) && memcmp(part, renaming[i], length) == 0;
    }
    return is;
}

/** Whether such a part says that the function has other arguments, or lacks something. */
static bool is_cloning(const char *part, size_t length) {
    static const char *const cloning[] = {"isra", "constprop", "part", "specialized"};
    bool is = false;
    for (size_t i = 0; i < sizeof(cloning) / sizeof(cloning[0]) && !is; i++) {
        is = length == strlen(cloning[i]) && memcmp(part, cloning[i], length) == 0;
    }
    return is;
}

/** What a name in a symbol table tells, and how long that of the function itself is in it. */
static enum wantedname_making stem(const char *linkage, size_t *length) {
    enum wantedname_making making = WANTEDNAME_SAME;
    *length = strcspn(linkage, ".");
    for (const char *part = linkage + *length; *part == '.';) {
        size_t size = strcspn(++part, ".");
        if (is_cloning(part, size) && making != WANTEDNAME_OTHER) {
            making = WANTEDNAME_CLONE;
        } else if (!is_renaming(part, size)) {
            making = WANTEDNAME_OTHER;
        }
        part += size;
    }
    return making;
}

/** Whether a decoded name is the one that is wanted. Those of Rust's allocator were not mangled
 * until 1.87: __rust_alloc. */
static bool is_same(const struct wantedname *name, const char *decoded) {
    // With a template's arguments, and without those of the call; its result comes first.
    const char *at = strstr(decoded, name->text);
    if (at && at[strlen(name->text)] == '(' && (at == decoded || at[-1] == ' ')) {
        return true;
    }
    static const char compiler[] = "__rustc::";
    const char *bare = strncmp(decoded, compiler, strlen(compiler)) == 0
                           ? decoded + strlen(compiler)
                           : decoded;
    return strcmp(decoded, name->text) == 0 || strcmp(bare, name->text) == 0;
}

bool wantedname_is_decoded(const struct wantedname *name, const char *linkage) {
    char *decoded = strstr(linkage, name->part) ? demangle(linkage) : NULL;
    bool is = decoded && is_same(name, decoded);
    if (decoded && !is) {
        // Without "[clone .lto_priv.0]".
        char *clone = strstr(decoded, " [clone ");
        if (clone) {
            *clone = '\0';
        }
        is = clone && is_same(name, decoded);
    }
    if (decoded && !is) {
        demangle_shorten(decoded);
        is = is_same(name, decoded);
    }
    free(decoded);
    return is;
}

bool wantedname_is(const struct wantedname *name, const char *linkage, bool decode,
                   enum wantedname_making *making) {
    size_t length;
    *making = WANTEDNAME_SAME;
    if (strcmp(linkage, name->text) == 0) {
        return true;
    }
    *making = stem(linkage, &length);
    return decode
               ? wantedname_is_decoded(name, linkage)
               : strlen(name->text) == length && memcmp(linkage, name->text, length) == 0;
}

uint64_t wantedname_address(const struct wantedname *name) {
    char *end = NULL;
    bool digits = strncmp(name->text, "0x", 2) == 0;
    uint64_t address = digits ? strtoull(name->text, &end, 16) : 0;
    return address && *end == '\0' ? address : 0;
}
