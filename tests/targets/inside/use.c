// SPDX-License-Identifier: MIT
/** Four allocations: malloc, calloc, realloc, and the buffer of stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *twice(const char *word) {
    char *copy = malloc(2 * strlen(word) + 1);
    if (!copy) {
        return NULL;
    }
    strcpy(copy, word);
    return strcat(copy, word);
}

int main(void) {
    char *word = twice("ab");
    if (!word) {
        puts("no word");
        return 3;
    }
    int *numbers = calloc(4, sizeof(*numbers));
    numbers[0] = 1; // BREAKS
    char *longer = realloc(word, 100);
    if (!longer) {
        puts("no room");
        return 4;
    }
    puts(longer);
    free(longer);
    free(numbers);
    return 0;
}
