// SPDX-License-Identifier: MIT
// Two places that print a name without a look at whose it is. libc breaks on both at the same
// instruction, and its buffer for streams that have none (32 KiB and more for wide
// characters) lies between that and what tells the two apart.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct person {
    int age;
    char name[100];
};

/** Leaves nothing of earlier calls on the stack. */
static __attribute__((noinline)) void wipe(void) {
    char room[(size_t)256 << 10];
    memset(room, 0, sizeof(room));
    __asm__ volatile("" : : "r"(room) : "memory");
}

static __attribute__((noinline)) void red(void) {
    struct person *person = calloc(1, sizeof(*person));
    wipe();
    fwprintf(stderr, L"%s\n", person->name);
    free(person);
}

static __attribute__((noinline)) void blue(void) {
    struct person *person = calloc(1, sizeof(*person));
    wipe();
    fwprintf(stderr, L"%s\n", person->name);
    free(person);
}

int main(void) {
    red();
    blue();
    return 0;
}
