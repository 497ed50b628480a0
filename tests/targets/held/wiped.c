// SPDX-License-Identifier: MIT
// A program with a page that a fork wipes, as random number generators have.
#include <stdlib.h>
#include <sys/mman.h>

int main(void) {
    char *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || madvise(page, 4096, MADV_WIPEONFORK) != 0) {
        return 2;
    }
    *page = 1;
    char *block = malloc(123);
    if (!block && *page) {
        *(volatile char *)block = 1;
    }
    free(block);
    return 0;
}
