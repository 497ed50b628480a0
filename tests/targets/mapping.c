// SPDX-License-Identifier: MIT
/** Memory asked of the kernel: `mapping CASE` prints one line of facts. */
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE (1 << 16)

static const char *why(int number) {
    return number == ENOMEM ? "ENOMEM" : number ? "another errno" : "errno untouched";
}

static void *map_anonymous(void) {
    return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void say_mapping(const void *block) {
    int number = errno;
    say("%s, %s\n",
        block == MAP_FAILED ? "MAP_FAILED"
        : block             ? "memory"
                            : "NULL",
        why(number));
}

static void case_mmap(void) {
    say_mapping(map_anonymous());
}

static void case_mmap_file(void) {
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    say_mapping(mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, file, 0));
}

static void case_mremap(void) {
    char *block = map_anonymous();
    if (block == MAP_FAILED) {
        say("no first mapping\n");
        return;
    }
    block[0] = 'x';
    errno = 0;
    char *moved = mremap(block, SIZE, 4 * SIZE, MREMAP_MAYMOVE);
    int number = errno;
    char kept = moved == MAP_FAILED ? block[0] : moved[0];
    say("%s, ", kept == 'x' ? "contents kept" : "contents LOST");
    errno = number;
    say_mapping(moved);
}

static void case_sbrk(void) {
    void *before = sbrk(0);
    errno = 0;
    void *block = sbrk(SIZE);
    int number = errno;
    say("%s, ", (char *)sbrk(0) - (char *)before == SIZE ? "break moved" : "break stays");
    errno = number;
    say_mapping(block);
}

static void case_sbrk_ask(void) {
    say_mapping(sbrk(0));
}

static void case_brk(void) {
    char *before = sbrk(0);
    errno = 0;
    int result = brk(before + SIZE);
    int number = errno;
    say("%s, %d, %s\n", (char *)sbrk(0) == before ? "break stays" : "break moved", result,
        why(number));
}

/** malloc's own way to the kernel is not the program's. */
static void case_malloc(void) {
    void *volatile block = malloc(1 << 22);
    say("%s\n", block ? "a block" : "NULL");
    free(block);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"mmap", case_mmap},     {"mmap-file", case_mmap_file}, {"mremap", case_mremap},
    {"sbrk", case_sbrk},     {"sbrk-ask", case_sbrk_ask},   {"brk", case_brk},
    {"malloc", case_malloc},
};

int main(int argc, char *argv[]) {
    for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!strcmp(argv[1], cases[i].name)) {
            // Something to see, even where the policy is not about malloc.
            void *volatile block = malloc(1);
            free(block);
            errno = 0;
            cases[i].run();
            return 0;
        }
    }
    say("unknown case\n");
    return 98;
}
