// SPDX-License-Identifier: MIT
/** A program that brings its own allocator: nobody can come between the two. */
#include <stddef.h>
#include <unistd.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);

static _Alignas(16) unsigned char heap[1 << 20];
static size_t used;

void *malloc(size_t size) {
    void *block = heap + used;
    used += (size + 15) & ~(size_t)15;
    return used <= sizeof(heap) ? block : NULL;
}

void *calloc(size_t count, size_t size) {
    return malloc(count * size);
}

void *realloc(void *block, size_t size) {
    (void)block;
    return malloc(size);
}

void free(void *block) {
    (void)block;
}

int main(void) {
    void *volatile block = malloc(24);
    return block && write(STDOUT_FILENO, "own\n", 4) == 4 ? 0 : 1;
}
