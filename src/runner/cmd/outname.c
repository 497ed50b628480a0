// SPDX-License-Identifier: MIT
#include "runner/cmd/outname.h"

#include "core/policy/mix.h"
#include "runner/harness/testname.h"
#include "runner/util/path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Of the number that keeps names apart: "-" and its digits. */
#define NUMBER_DIGITS 8

/** A text on its way to become a part of a name. */
struct part {
    char text[OUTNAME_PART_MAX + 1 + NUMBER_DIGITS + 1];
    size_t used;
    /** Of all that was put, in whole words; and whether something of it is not told. */
    uint64_t hash;
    bool changed;
};

static bool is_plain(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || (letter && strchr("._+=,@-", letter));
}

/** Put one byte of a text; what is no plain letter is told by the hash alone. */
static void put(struct part *part, char letter) {
    // A name that begins with a dot is hidden, and one with '-' an option.
    bool plain = is_plain(letter) && (part->used > 0 || (letter != '.' && letter != '-'));
    bool fits = part->used < OUTNAME_PART_MAX;
    part->hash = mf_mix(part->hash ^ (unsigned char)letter) + MF_MIX_STEP;
    part->changed |= !plain || !fits;
    if (fits) {
        part->text[part->used++] = plain ? letter : '_';
    }
}

static void put_text(struct part *part, const char *text) {
    for (; *text; text++) {
        put(part, *text);
    }
}

/** Put words, with what no word has in it between them. */
static void put_words(struct part *part, char *const *words) {
    for (size_t i = 0; words[i]; i++) {
        if (i > 0) {
            put(part, '\0');
        }
        put_text(part, words[i]);
    }
}

/** What it is in the end. */
static const char *finish(struct part *part, const char *empty) {
    if (part->used == 0) {
        return empty;
    }
    int length = part->changed
                     ? snprintf(part->text + part->used, sizeof(part->text) - part->used,
                                "-%08" PRIx32, (uint32_t)part->hash)
                     : 0;
    part->text[part->used + (length > 0 ? (size_t)length : 0)] = '\0';
    return part->text;
}

/** Write what a letter stands for; false if it is not one. */
static bool put_letter(char letter, char *const *argv, FILE *stream) {
    struct part part = {.hash = MF_MIX_STEP};
    char *test = letter == 't' ? testname_own() : NULL;
    if (letter == '%') {
        fputc('%', stream);
    } else if (letter == 'p') {
        fputs(path_base(argv[0]), stream);
    } else if (letter == 'a') {
        put_words(&part, argv + 1);
        fputs(finish(&part, "none"), stream);
    } else if (test) {
        put_text(&part, test);
        fputs(finish(&part, "none"), stream);
    } else if (letter == 't') {
        put_text(&part, path_base(argv[0]));
        if (argv[1]) {
            put(&part, '-');
            put_words(&part, argv + 1);
        }
        fputs(finish(&part, "none"), stream);
    }
    free(test);
    return letter && strchr("%pat", letter);
}

char *outname_expand(const char *name, char *const *argv, const struct diag *diag) {
    char *expanded = NULL;
    size_t size;
    bool good = true;
    if (!*name) {
        diag_error(diag, "the name of the directory for results is empty (--output)");
        return NULL;
    }
    FILE *stream = open_memstream(&expanded, &size);
    for (const char *from = name; stream && good && *from; from++) {
        if (*from == '%') {
            good = put_letter(*++from, argv, stream);
        } else {
            fputc(*from, stream);
        }
    }
    bool whole = stream && !ferror(stream);
    whole &= stream && fclose(stream) == 0;
    if (whole && good) {
        return expanded;
    }
    free(expanded);
    if (good) {
        diag_no_memory(diag);
    } else {
        diag_error(diag,
                   "--output takes %%p (PROGRAM's name), %%a (its arguments), %%t (the "
                   "test's name) and %%%% (a percent sign), not '%s'",
                   name);
    }
    return NULL;
}
