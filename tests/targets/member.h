// SPDX-License-Identifier: MIT
/* What the programs of tests/cases/suite begin with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *duplicate(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    if (!copy) {
        perror("duplicate");
        exit(1);
    }
    return strcpy(copy, text);
}
