// SPDX-License-Identifier: MIT
// Five allocations at five lines, of which the third is not checked; what is known of their stacks
// is the same. Usage: alike WAY
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

typedef void *allocate(size_t size);

/** Calls that end up in malloc(), with nothing to tell their ends apart. */
static void *deep(size_t size, int depth, allocate *end) {
    void *block = depth > 0 ? deep(size, depth - 1, end) : end(size);
    return size ? block : NULL;
}

static void *deeply(size_t size) {
    return deep(size, 300, malloc);
}

static char *code;

/** Code without a file: sub rsp,8; mov rax,malloc; call rax; add rsp,8; ret. */
static void *compiled(size_t size) {
    static const unsigned char before[] = {0x48, 0x83, 0xec, 0x08, 0x48, 0xb8};
    static const unsigned char after[] = {0xff, 0xd0, 0x48, 0x83, 0xc4, 0x08, 0xc3};
    allocate *target = malloc;
    memcpy(code, before, sizeof(before));
    memcpy(code + sizeof(before), &target, sizeof(target));
    memcpy(code + sizeof(before) + sizeof(target), after, sizeof(after));
    return ((allocate *)(void *)code)(size);
}

static void *check(void *block) {
    if (!block) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return block;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    allocate *volatile ask = malloc;
    if (strcmp(way, "closed") == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_NOFILE, &none);
    } else if (strcmp(way, "compiled") == 0) {
        code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ask = compiled;
    } else if (strcmp(way, "deep") == 0) {
        ask = deeply;
    }
    char *one = check(ask(10));
    char *two = check(ask(11));
    char *three = ask(12);
    *three = 1;
    char *four = check(ask(13));
    char *five = check(ask(14));
    printf("%d\n", *one == *two && *four == *five);
    return 0;
}
