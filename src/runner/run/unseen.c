// SPDX-License-Identifier: MIT
#include "runner/run/unseen.h"

#include "runner/patch/reach.h"
#include "runner/target/image.h"

static const struct unseen of_threads = {
    .what = "double frees, and most writes past the end of a block",
    .why = "ThreadSanitizer does not look for them",
    .remedy = "test a build without it, under --allocator pages, or with "
              "AddressSanitizer",
};

static const struct unseen of_values = {
    .what = "most uses after free, double frees, and writes past the end of a block",
    .why = "MemorySanitizer does not look for them",
    .remedy = "test with --allocator pages, too, or a build with AddressSanitizer",
};

static const struct unseen of_values_in_pages = {
    .what = "uninitialised values in blocks",
    .why = "MemorySanitizer takes the page allocator's blocks for initialised",
    .remedy = "test without --allocator pages, too",
};

static const struct unseen of_own = {
    .what =
        "uses after free, double frees, and writes past the end of a block, unless they end in "
        "a crash",
    .why = "the program has an allocator of its own, which may not look for them",
    .remedy = "test with --allocator pages, too",
};

static const struct unseen of_own_only = {
    .what =
        "uses after free, double frees, and writes past the end of a block, unless they end in "
        "a crash",
    .why = "the program has an allocator of its own, which may not look for them",
    .remedy = "test a build with AddressSanitizer",
};

/** What is not seen of a program; NULL where nothing is known of it. */
static const struct unseen *find(const struct preflight *preflight, bool pages) {
    const struct patches *patches = &preflight->patches;
    if (preflight->facts & IMAGE_THREAD) {
        return &of_threads;
    }
    if (preflight->facts & IMAGE_MEMORY) {
        return pages ? &of_values_in_pages : &of_values;
    }
    // A static program has the C library's allocator, as most others do.
    if ((preflight->facts & IMAGE_ADDRESS) || preflight->breakpoints.patches || pages ||
        !patches_reach_malloc(patches)) {
        return NULL;
    }
    return patches_irreplaceable(patches) ? &of_own_only : &of_own;
}

void unseen_find(struct unseen_list *list, const struct preflight *preflight, bool pages,
                 const char *program) {
    const struct unseen *unseen = find(preflight, pages);
    size_t at = 0;
    while (at < list->count && list->list[at].unseen != unseen) {
        at++;
    }
    if (!unseen || at == UNSEEN_KINDS) {
        return;
    }
    struct unseen_kind *kind = &list->list[at];
    kind->unseen = unseen;
    list->count += at == list->count;
    if (program && kind->count < UNSEEN_PROGRAMS_MAX) {
        kind->programs[kind->count] = program;
    }
    kind->count += program != NULL;
}
