// SPDX-License-Identifier: MIT
#include "runner/util/shellword.h"

#include "runner/util/printable.h"

#include <string.h>

/** Put what a terminal would obey, or nobody could read, as bash, ksh and zsh know it. */
static void put_escaped(const char *word, FILE *stream) {
    fputs("$'", stream);
    for (; *word; word++) {
        if (*word < ' ' || *word > '~' || strchr("'\\", *word)) {
            fprintf(stream, "\\%03o", (unsigned char)*word);
        } else {
            fputc(*word, stream);
        }
    }
    fputc('\'', stream);
}

void shellword_put(const char *word, FILE *stream) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_./:=@%+,-";
    if (*word && word[strspn(word, plain)] == '\0') {
        fputs(word, stream);
        return;
    }
    if (!printable_is_fit(word)) {
        put_escaped(word, stream);
        return;
    }
    fputc('\'', stream);
    for (; *word; word++) {
        if (*word == '\'') {
            fputs("'\\''", stream);
        } else {
            fputc(*word, stream);
        }
    }
    fputc('\'', stream);
}
