// SPDX-License-Identifier: MIT
// A victim for the page allocator: its argument names what it does to its heap;
// scribble takes a seed, too.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *volatile kept;

/** Allocates on behalf of the cases, so that its stack has a name of its own. */
static char *get(size_t size) {
    char *block = malloc(size);
    if (!block) {
        fputs("no memory\n", stderr);
        exit(3);
    }
    return block;
}

static void give(char *block) {
    free(block);
}

static void overflow(void) {
    kept = get(32);
    kept[32] = 'x';
}

/** Of a size that is no multiple of 16. */
static void overflow_odd(void) {
    kept = get(21);
    kept[21] = 'x';
    give(kept);
}

static void overflow_read(void) {
    kept = get(4096);
    putchar(kept[4096]);
}

static void overflow_zero(void) {
    volatile size_t nothing = 0;
    kept = malloc(nothing);
    *kept = 'x';
}

static void overflow_left(void) {
    kept = get(21);
    kept[22] = 'x';
}

static void overflow_resized(void) {
    kept = get(21);
    kept[21] = 'x';
    kept = realloc(kept, 100);
}

static void underflow(void) {
    kept = get(32);
    kept[-1] = 'x';
    give(kept);
}

static void underflow_page(void) {
    kept = get(4096);
    kept[-1] = 'x';
}

/** Into the page between two blocks: nearer to the second one. */
static void underflow_gap(void) {
    char *first = get(32);
    kept = get(32);
    kept[-4070] = 'x';
    give(first);
}

/** Nearer to the first one, but that is freed. */
static void underflow_far(void) {
    char *first = get(32);
    kept = get(32);
    give(first);
    kept[-8100] = 'x';
}

/** Nearer to the first one, which lives. */
static void overflow_gap(void) {
    kept = get(32);
    char *second = get(32);
    second[-8100] = 'x';
    give(second);
}

static void use_after_free(void) {
    kept = get(32);
    give(kept);
    putchar(kept[3]);
}

static void use_after_realloc(void) {
    char *old = get(32);
    kept = realloc(old, 64);
    old[0] = 'x';
}

static void double_free(void) {
    kept = get(32);
    give(kept);
    give(kept);
}

static void free_of_stack(void) {
    char local[64];
    kept = local;
    give(kept + 16);
}

static void free_inside(void) {
    kept = get(32);
    give(kept + 16);
}

static void realloc_of_freed(void) {
    kept = get(32);
    give(kept);
    kept = realloc(kept, 64);
}

static void in_child(void) {
    if (fork() == 0) {
        use_after_free();
        _exit(0);
    }
    int status;
    wait(&status);
}

static void *double_free_there(void *unused) {
    double_free();
    return unused;
}

static void in_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, double_free_there, NULL) == 0) {
        pthread_join(thread, NULL);
    }
}

/** Breaks only where the second allocation fails. */
static void on_error_path(void) {
    char *first = get(32);
    char *second = malloc(64);
    if (!second) {
        give(first);
    }
    give(first);
    free(second);
}

/** How many blocks there is room for, until there is none. */
static void fill(void) {
    long count = 0;
    while (count < 200000 && malloc(32)) {
        count++;
    }
    printf("%s\n", count < 200000 ? "NULL" : "all");
}

/** Holds many, and frees and takes many more. */
static void churn(void) {
    static unsigned char *blocks[512];
    unsigned seed = 1;
    unsigned bad = 0;
    for (int i = 0; i < 60000; i++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned at = (seed >> 16) % 512;
        size_t size = (seed >> 8) % 9000 + 1;
        bad += blocks[at] && *blocks[at] != (unsigned char)at;
        free(blocks[at]);
        size_t align = (size_t)16 << (seed >> 20) % 11;
        blocks[at] = i % 3 ? calloc(1, size) : aligned_alloc(align, size);
        bad += !blocks[at] ||
               (i % 3 ? blocks[at][size - 1] != 0 : (uintptr_t)blocks[at] % align != 0);
        memset(blocks[at], (int)at, size);
    }
    printf("%u bad\n", bad);
}

/** Find the page allocator's books: a magic number in the library's memory. */
static uint64_t *find_books(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int after_library = 0;
    while (maps && fgets(line, sizeof(line), maps)) {
        unsigned long start, end;
        char rights[8];
        after_library = strstr(line, "libmallocfail") != NULL || after_library;
        if (!after_library || sscanf(line, "%lx-%lx %7s", &start, &end, rights) != 3 ||
            strncmp(rights, "rw", 2) != 0) {
            continue;
        }
        for (uint64_t *at = (uint64_t *)start; at < (uint64_t *)end; at++) {
            if (*at == UINT64_C(0x7061656866636d6c)) {
                fclose(maps);
                return at;
            }
        }
    }
    return NULL;
}

/** Writes all over the page allocator's books and blocks, then faults. */
static void scribble(unsigned seed) {
    kept = get(32);
    uint64_t *books = find_books();
    if (!books) {
        fputs("no books\n", stderr);
        exit(3);
    }
    unsigned char *entries = (unsigned char *)books[3];
    for (int i = 0; i < 400; i++) {
        seed = seed * 1664525u + 1013904223u;
        entries[(seed >> 8) % 8192] = (unsigned char)(seed >> 24);
    }
    if (seed & 0x10000) {
        seed = seed * 1664525u + 1013904223u;
        ((unsigned char *)&books[1])[(seed >> 8) % 64] ^= (unsigned char)(seed >> 24);
    }
    kept[32] = 'x';
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"overflow", overflow},
    {"overflow-odd", overflow_odd},
    {"overflow-read", overflow_read},
    {"overflow-zero", overflow_zero},
    {"overflow-left", overflow_left},
    {"overflow-resized", overflow_resized},
    {"underflow", underflow},
    {"underflow-page", underflow_page},
    {"underflow-gap", underflow_gap},
    {"underflow-far", underflow_far},
    {"overflow-gap", overflow_gap},
    {"use-after-free", use_after_free},
    {"use-after-realloc", use_after_realloc},
    {"double-free", double_free},
    {"free-of-stack", free_of_stack},
    {"free-inside", free_inside},
    {"realloc-of-freed", realloc_of_freed},
    {"in-child", in_child},
    {"in-thread", in_thread},
    {"on-error-path", on_error_path},
    {"fill", fill},
    {"churn", churn},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 1 && i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    }
    if (argc > 2 && strcmp(argv[1], "scribble") == 0) {
        scribble((unsigned)atoi(argv[2]));
    }
    fputs("unknown case\n", stderr);
    return 2;
}
