// SPDX-License-Identifier: MIT
/** Prints what it could not allocate; stdout's own buffer is no loss either. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    char *text = NULL;
    if (asprintf(&text, "%d", 0) < 0) {
        text = NULL;
    }
    printf("%p\n", (void *)text);
    free(text);
    return 0;
}
