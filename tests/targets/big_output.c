// SPDX-License-Identifier: MIT
// Writes 80 MiB, and then crashes where its one block was refused and it is told to.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[]) {
    static const char block[1 << 20];
    char *memory = malloc(10);
    for (int i = 0; i < 80; i++) {
        fwrite(block, 1, sizeof(block), stdout);
    }
    if (memory || (argc > 1 && argv[1][0] == 'c')) {
        *(volatile char *)memory = 1;
    }
    free(memory);
    return 0;
}
