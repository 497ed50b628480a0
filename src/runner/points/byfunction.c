// SPDX-License-Identifier: MIT
#include "runner/points/byfunction.h"

#include "core/policy/glob.h"
#include "runner/code/demangle.h"
#include "runner/util/printable.h"

#include <stdlib.h>

_Static_assert(STACKS_GLOBS_MAX <= 32, "a bit each");

/** The name of the function that a place is in, as people write it; NULL = unknown. */
static char *name_of(const struct functions *functions, uint64_t offset) {
    // The call may be the last instruction.
    const char *linkage =
        functions->file ? functions_name(functions, functions->base + offset - 1) : NULL;
    char *name = linkage ? demangle(linkage) : NULL;
    if (name) {
        demangle_shorten(name);
        printable_fix(name);
    }
    return name ? name : linkage ? printable_line(linkage) : NULL;
}

static uint32_t match(const struct stacks_globs *globs, const char *name) {
    uint32_t matches = 0;
    for (unsigned i = 0; i < globs->count; i++) {
        matches |= (uint32_t)mf_glob_match(globs->list[i], name) << i;
    }
    return matches;
}

struct byfunction_matches byfunction_match(const struct functions *functions,
                                           uint64_t offset,
                                           const struct stacks_globs *only,
                                           const struct stacks_globs *skip) {
    struct byfunction_matches matches = {0};
    char *name = name_of(functions, offset);
    if (name) {
        matches = (struct byfunction_matches){match(only, name), match(skip, name)};
    }
    free(name);
    return matches;
}

/** Match the functions of all places; they are sorted by module. */
static void match_places(const struct stacks *stacks, const struct stacks_globs *only,
                         const struct stacks_globs *skip,
                         struct byfunction_matches *matches) {
    struct functions functions = {0};
    uint32_t opened = MODULE_NONE;
    for (size_t i = 0; i < stacks->place_count; i++) {
        const struct frame *place = &stacks->places[i];
        if (place->module >= stacks->modules.count) {
            continue;
        }
        if (place->module != opened) {
            functions_close(&functions);
            functions = (struct functions){0};
            functions_open(&functions, &stacks->modules.entries[place->module]);
            opened = place->module;
        }
        matches[i] = byfunction_match(&functions, place->offset, only, skip);
    }
    functions_close(&functions);
}

/** What the functions of a stack match. */
static struct byfunction_matches match_stack(const struct stacks *stacks,
                                             const struct stacks_entry *entry,
                                             const struct byfunction_matches *places) {
    struct byfunction_matches all = {0};
    for (uint32_t i = 0; i < entry->count; i++) {
        const struct frame *frame = &stacks->frames[entry->first + i];
        if (frame->module >= stacks->modules.count || stacks_is_runtime(stacks, frame)) {
            continue;
        }
        const struct byfunction_matches *one = &places[stacks_place(stacks, frame)];
        all.only |= one->only;
        all.skip |= one->skip;
    }
    return all;
}

/** As many bits as there are patterns. */
static uint32_t all_of(const struct stacks_globs *globs) {
    return (uint32_t)((UINT64_C(1) << globs->count) - 1);
}

int byfunction_find(struct byfunction *found, const struct stacks *stacks,
                    const struct stacks_globs *only, const struct stacks_globs *skip) {
    *found = (struct byfunction){
        .only_unused = all_of(only),
        .skip_unused = all_of(skip),
    };
    if (only->count == 0 && skip->count == 0) {
        return 0;
    }
    struct byfunction_matches *places =
        calloc(stacks->place_count + 1, sizeof(places[0]));
    found->out = calloc(stacks->count + 1, sizeof(found->out[0]));
    if (!places || !found->out) {
        free(places);
        byfunction_destroy(found);
        return -1;
    }
    match_places(stacks, only, skip, places);
    for (size_t i = 0; i < stacks->count; i++) {
        struct byfunction_matches matches = match_stack(stacks, &stacks->list[i], places);
        found->out[i] = (only->count > 0 && !matches.only) || matches.skip;
        found->only_unused &= ~matches.only;
        found->skip_unused &= ~matches.skip;
    }
    free(places);
    return 0;
}

void byfunction_destroy(struct byfunction *found) {
    free(found->out);
    *found = (struct byfunction){0};
}
