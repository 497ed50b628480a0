// SPDX-License-Identifier: MIT
/** Which of some known names a misspelt word most likely means. */
#ifndef MF_CORE_POLICY_SPELLING_H
#define MF_CORE_POLICY_SPELLING_H

#include <stddef.h>

/** Longer words and names are not compared. */
#define MF_SPELLING_MAX 32

struct mf_spelling {
    /** The word to explain. */
    const char *word;
    /** The best name so far, NULL = none is near. */
    const char *likely;
    /** The number of typing errors between the two. */
    size_t distance;
};

/**
 * Consider one known name: it becomes the likely one if it is near the word and nearer
 * than those before. Case is ignored; a prefix of at least three letters is near.
 */
void mf_spelling_offer(struct mf_spelling *spelling, const char *name);

#endif
