// SPDX-License-Identifier: MIT
#include "runner/patch/nearname.h"

#include "core/policy/spelling.h"
#include "runner/code/demangle.h"
#include "runner/code/elffile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct nearname *near;
    /** The name's last word, weighed against others' last words. */
    struct mf_spelling spelling;
};

/** The last word of a name without arguments: "get" of "app::Pool::get". */
static const char *last_word(const char *name) {
    const char *word = name;
    for (const char *at = strstr(name, "::"); at; at = strstr(at + 2, "::")) {
        word = at + 2;
    }
    return word;
}

static void offer(struct search *search, const char *name) {
    const char *before = search->spelling.likely;
    size_t distance = search->spelling.distance;
    // What is kept of it is only whether there is one.
    mf_spelling_offer(&search->spelling, last_word(name));
    bool nearer =
        search->spelling.likely && (!before || search->spelling.distance < distance);
    if (nearer && strlen(name) < sizeof(search->near->text)) {
        strcpy(search->near->text, name);
    }
    search->spelling.likely = search->spelling.likely ? "" : NULL;
}

static bool visit(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    if (symbol->function) {
        char *decoded = demangle(symbol->name);
        if (decoded) {
            demangle_shorten(decoded);
        }
        offer(search, decoded ? decoded : symbol->name);
        free(decoded);
    }
    return true;
}

void nearname_find(struct nearname *near, const char *name, const char *path) {
    char plain[MF_NAMED_TEXT_MAX];
    size_t length = strcspn(name, "(<");
    *near = (struct nearname){.text = ""};
    memcpy(plain, name, length);
    plain[length] = '\0';
    struct search search = {near, {.word = last_word(plain)}};
    struct elffile *file = elffile_open(path);
    if (file) {
        elffile_symbols(file, visit, &search);
        elffile_close(file);
    }
}
