// SPDX-License-Identifier: MIT
/** A malloc that says so: puts() asks it for a buffer, which it says, which ... */
#include <stddef.h>
#include <stdio.h>

void *malloc(size_t size);

void *malloc(size_t size) {
    (void)size;
    puts("malloc"); // BREAKS recursive-puts
    return NULL;
}

int main(void) {
    char *volatile text = NULL;
    if (asprintf((char **)&text, "%d", 0) < 0) {
        text = NULL;
    }
    printf("%p\n", (void *)text);
    return 0;
}
