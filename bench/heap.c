// SPDX-License-Identifier: MIT
// A program with a large heap, whose page tables each fork copies. It writes to some pages
// between its allocations, and to others where one of them fails.
// Usage: heap MEGABYTES ALLOCATIONS WRITTEN-BETWEEN WRITTEN-AFTER, in pages
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEGABYTE ((size_t)1 << 20)
#define PAGE     ((size_t)4096)
/** A prime, so that pages far apart are written to. */
#define STRIDE 65537

static char *heap;
static size_t pages;

/** Write to some pages, a few in each part of the heap. */
static void scatter(size_t first, size_t count) {
    for (size_t i = 0; i < count; i++) {
        heap[(first + i) * STRIDE % pages * PAGE]++;
    }
}

int main(int argc, char **argv) {
    size_t number[4];
    if (argc != 5) {
        fputs("heap MEGABYTES ALLOCATIONS WRITTEN-BETWEEN WRITTEN-AFTER\n", stderr);
        return 2;
    }
    for (int i = 0; i < 4; i++) {
        number[i] = strtoul(argv[i + 1], NULL, 10);
    }
    pages = number[0] * MEGABYTE / PAGE;
    heap = malloc(pages * PAGE);
    if (!heap) {
        return 2;
    }
    memset(heap, 1, pages * PAGE);
    for (size_t i = 0; i < number[1]; i++) {
        void *block = malloc(24);
        if (!block) {
            scatter(i, number[3]);
            return 1;
        }
        free(block);
        scatter(i, number[2]);
    }
    return 0;
}
