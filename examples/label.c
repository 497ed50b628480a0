// SPDX-License-Identifier: MIT
// A program whose message about missing memory is longer than the block it goes to.
#include <stdio.h>
#include <stdlib.h>

static void put(char *block, const char *words) {
    while ((*block++ = *words++)) {
    }
}

int main(void) {
    char *label = malloc(16);
    if (!label) {
        return 1;
    }
    char *details = malloc(200);
    put(label, details ? "enough memory" : "not enough memory");
    puts(label);
    free(details);
    free(label);
    return !details;
}
