// SPDX-License-Identifier: MIT
/** A program that asks for no memory at all. */
#include <unistd.h>

int main(void) {
    return write(STDOUT_FILENO, "quiet\n", 6) == 6 ? 0 : 1;
}
