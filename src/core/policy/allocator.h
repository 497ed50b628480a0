// SPDX-License-Identifier: MIT
/** Which allocator serves the target, as one word. */
#ifndef MF_CORE_POLICY_ALLOCATOR_H
#define MF_CORE_POLICY_ALLOCATOR_H

#include <stdint.h>

enum mf_allocator {
    /** The one behind the library: the default. */
    MF_ALLOCATOR_NEXT,
    /** The page allocator, with the alignment that malloc() guarantees; and with smaller
     * ones, so that more blocks end exactly at the end of their pages. */
    MF_ALLOCATOR_PAGES,
    MF_ALLOCATOR_PAGES_1,
    MF_ALLOCATOR_PAGES_2,
    MF_ALLOCATOR_PAGES_4,
    MF_ALLOCATOR_PAGES_8,
    MF_ALLOCATOR_COUNT,
};

/** The allocators' words, in the order of the enum, up to a NULL. */
extern const char *const mf_allocator_words[];

/** The same in one line, for messages. */
#define MF_ALLOCATOR_CHOICES "next, pages, pages:1, pages:2, pages:4 or pages:8"

/** Find an allocator by its word; MF_ALLOCATOR_COUNT if there is none. */
uint32_t mf_allocator_find(const char *word);

/** What the page allocator aligns every block to; 0 for any other allocator. */
uint32_t mf_allocator_align(uint32_t allocator);

#endif
