// SPDX-License-Identifier: MIT
// A heap of 512 MB, which is dear to clone. Each tenth of a hundred small allocations is not
// checked. In the end the memory holds what it held, and is no more than it was.
// "heap probe" succeeds where the kernel makes large pages when asked.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEGABYTE ((size_t)1 << 20)
#define PAGE     ((size_t)4096)
#define HEAP     (512 * MEGABYTE)
#define OTHER    (64 * MEGABYTE)
#define COLLAPSE 25

static volatile char sink;

static char *map(size_t size) {
    char *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static int probe(void) {
    char *memory = map(4 * MEGABYTE);
    if (!memory) {
        return 1;
    }
    memset(memory, 1, 4 * MEGABYTE);
    memory += -(size_t)memory % (2 * MEGABYTE);
    return madvise(memory, 2 * MEGABYTE, COLLAPSE) != 0;
}

/** How many pages of the program are in memory. */
static long resident(void) {
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    long pages = 0;
    if (read(file, text, sizeof(text) - 1) > 0) {
        sscanf(text, "%*d %ld", &pages);
    }
    close(file);
    return pages;
}

/** Read without writing, and write to every other page: neither is there as a whole. */
static void fill_in_part(char *only_read, char *gaps) {
    for (size_t i = 0; i < OTHER; i += PAGE) {
        sink = only_read[i];
        gaps[i / (2 * PAGE) * (2 * PAGE)] = 1;
    }
}

static int holds(const char *heap) {
    for (size_t i = 0; i < HEAP; i += PAGE) {
        if (heap[i] != (char)(i / PAGE % 251) || heap[i + PAGE - 1] != 7) {
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        return probe();
    }
    char *heap = malloc(HEAP), *only_read = map(OTHER), *gaps = map(OTHER);
    char *locked = map(4 * MEGABYTE);
    if (!heap || !only_read || !gaps || !locked) {
        return 1;
    }
    memset(heap, 7, HEAP);
    for (size_t i = 0; i < HEAP; i += PAGE) {
        heap[i] = (char)(i / PAGE % 251);
    }
    fill_in_part(only_read, gaps);
    memset(locked, 1, 4 * MEGABYTE);
    mlock(locked, 4 * MEGABYTE);
    long before = resident();
    for (int i = 0; i < 100; i++) {
        volatile char *block = malloc(24);
        if (!block && i % 10 != 9) {
            return 1;
        }
        *block = 0;
        free((void *)block);
    }
    return holds(heap) && resident() < before + 512 ? 0 : 3;
}
