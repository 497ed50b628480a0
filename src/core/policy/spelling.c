// SPDX-License-Identifier: MIT
/**
 * The distance is the "optimal string alignment": letters put in, left out, replaced, and
 * neighbours swapped. Three rows of its table are enough.
 */
#include "core/policy/spelling.h"

#include <stdbool.h>
#include <string.h>

static char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool same(char a, char b) {
    return lower(a) == lower(b);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/** Fill the row for word[i] from the rows for the one and the two letters before. */
static void fill_row(size_t *now, const size_t *last, const size_t *older,
                     const char *word, size_t i, const char *name) {
    now[0] = i + 1;
    for (size_t j = 0; name[j]; j++) {
        size_t edit = last[j] + !same(word[i], name[j]);
        now[j + 1] = least(edit, 1 + least(last[j + 1], now[j]));
        if (i > 0 && j > 0 && same(word[i], name[j - 1]) && same(word[i - 1], name[j])) {
            now[j + 1] = least(now[j + 1], older[j - 1] + 1);
        }
    }
}

static size_t distance(const char *word, const char *name) {
    size_t rows[3][MF_SPELLING_MAX + 1];
    size_t i = 0;
    for (size_t j = 0; j <= strlen(name); j++) {
        rows[2][j] = j;
    }
    for (; word[i]; i++) {
        fill_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], word, i, name);
    }
    return rows[(i + 2) % 3][strlen(name)];
}

static bool begins(const char *word, const char *name) {
    size_t i = 0;
    while (word[i] && same(word[i], name[i])) {
        i++;
    }
    return i >= 3 && !word[i];
}

void mf_spelling_offer(struct mf_spelling *spelling, const char *name) {
    size_t length = strlen(spelling->word);
    if (length > MF_SPELLING_MAX || strlen(name) > MF_SPELLING_MAX) {
        return;
    }
    size_t away = begins(spelling->word, name) ? 0 : distance(spelling->word, name);
    bool nearer = !spelling->likely || away < spelling->distance;
    if (nearer && away <= (length + 2) / 4) {
        spelling->likely = name;
        spelling->distance = away;
    }
}
