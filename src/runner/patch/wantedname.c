// SPDX-License-Identifier: MIT
#include "runner/patch/wantedname.h"

#include "runner/code/demangle.h"

#include <stdlib.h>
#include <string.h>

void wantedname_begin(struct wantedname *name, const char *text) {
    *name = (struct wantedname){.text = text};
    // Its last word.
    size_t end = strcspn(text, "(<");
    size_t begin = end;
    while (begin > 0 && text[begin - 1] != ':') {
        begin--;
    }
    memcpy(name->part, text + begin, end - begin);
    name->part[end - begin] = '\0';
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
        demangle_shorten(decoded);
        is = is_same(name, decoded);
    }
    free(decoded);
    return is;
}

uint64_t wantedname_address(const struct wantedname *name) {
    char *end = NULL;
    bool digits = strncmp(name->text, "0x", 2) == 0;
    uint64_t address = digits ? strtoull(name->text, &end, 16) : 0;
    return address && *end == '\0' ? address : 0;
}
