// SPDX-License-Identifier: MIT
// Uses a block that it may not have where its argument is the byte 0xff.
#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[]) {
    volatile char *memory = malloc(10);
    if (memory || (argc > 1 && strcmp(argv[1], "a\xff"
                                               "b") == 0)) {
        memory[0] = 1;
    }
    free((void *)memory);
    return 0;
}
