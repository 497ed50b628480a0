// SPDX-License-Identifier: MIT
/** For a compiler's -fsanitize=address: a failure seen, then a byte too far. */
#include "say.h"

int main(int argc, char *argv[]) {
    (void)argv;
    say_failures("ten", 10, 24);
    char *volatile block = malloc(10);
    if (!block) {
        return 5;
    }
    block[10 + argc - 1] = 'x';
    free(block);
    return 0;
}
