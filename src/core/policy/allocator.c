// SPDX-License-Identifier: MIT
#include "core/policy/allocator.h"

#include <string.h>

const char *const mf_allocator_words[] = {
    [MF_ALLOCATOR_NEXT] = "next",       [MF_ALLOCATOR_PAGES] = "pages",
    [MF_ALLOCATOR_PAGES_1] = "pages:1", [MF_ALLOCATOR_PAGES_2] = "pages:2",
    [MF_ALLOCATOR_PAGES_4] = "pages:4", [MF_ALLOCATOR_PAGES_8] = "pages:8",
    [MF_ALLOCATOR_COUNT] = NULL,
};

uint32_t mf_allocator_find(const char *word) {
    uint32_t found = 0;
    while (mf_allocator_words[found] && strcmp(mf_allocator_words[found], word) != 0) {
        found++;
    }
    return found;
}

uint32_t mf_allocator_align(uint32_t allocator) {
    static const uint32_t aligns[MF_ALLOCATOR_COUNT] = {
        [MF_ALLOCATOR_PAGES] = 16,  [MF_ALLOCATOR_PAGES_1] = 1,
        [MF_ALLOCATOR_PAGES_2] = 2, [MF_ALLOCATOR_PAGES_4] = 4,
        [MF_ALLOCATOR_PAGES_8] = 8,
    };
    return allocator < MF_ALLOCATOR_COUNT ? aligns[allocator] : 0;
}
