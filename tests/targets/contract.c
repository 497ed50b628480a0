// SPDX-License-Identifier: MIT
/**
 * What a caller of each allocation function can rely on, looked at from outside.
 *
 * `contract CASE` prints one line of facts. A run without failures and a run with them
 * each have one right line.
 */
#include "say.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// musl has none: then it is there with the library only.
void *pvalloc(size_t size) __attribute__((weak));

#define MARK_ERRNO EDOM
#define PAGE       4096

/** Keeps the compiler from knowing sizes and results. */
static volatile size_t one = 1;
static volatile size_t huge = SIZE_MAX / 2 + 16;

static const char *errno_name(int number) {
    switch (number) {
    case 0:
        return "0";
    case ENOMEM:
        return "ENOMEM";
    case EINVAL:
        return "EINVAL";
    case MARK_ERRNO:
        return "errno untouched";
    default:
        return "another errno";
    }
}

static bool all_are(const unsigned char *block, size_t size, unsigned char value) {
    for (size_t i = 0; i < size; i++) {
        if (block[i] != value) {
            return false;
        }
    }
    return true;
}

/** The line of a function that returns a block: to be called right after it. */
static void say_block(void *block, size_t align) {
    int number = errno;
    if (!block) {
        say("NULL, %s\n", errno_name(number));
    } else {
        say("a block%s, %s\n", (uintptr_t)block % align ? " MISALIGNED" : "",
            errno_name(number));
    }
    free(block);
}

static void case_malloc(void) {
    say_block(malloc(100 * one), 16);
}

static void case_malloc_zero(void) {
    say_block(malloc(0 * one), 16);
}

static void case_malloc_huge(void) {
    say_block(malloc(huge), 16);
}

static void case_calloc(void) {
    // A dirty block of the size first, so that zeroes are somebody's work.
    unsigned char *dirty = malloc(200);
    if (dirty) {
        memset(dirty, 0xaa, 200);
        *(volatile unsigned char *)dirty = 0xab;
    }
    free(dirty);
    errno = MARK_ERRNO;
    unsigned char *block = calloc(20 * one, 10);
    if (block && !all_are(block, 200, 0)) {
        say("NOT ZEROED ");
    }
    say_block(block, 16);
}

static void case_calloc_overflow(void) {
    say_block(calloc(SIZE_MAX / 8 * one, 16 * one), 16);
}

/** Resize a marked block; tell whether what must stay of it is there. */
static void resize(size_t from, size_t to, bool array) {
    unsigned char *block = malloc(from);
    if (!block) {
        say("no first block\n");
        return;
    }
    memset(block, 0x5a, from);
    errno = MARK_ERRNO;
    unsigned char *moved = array ? reallocarray(block, to / 4, 4) : realloc(block, to);
    int number = errno;
    const unsigned char *now = moved ? moved : block;
    size_t common = moved && to < from ? to : from;
    say("%s, %s, contents %s\n", moved ? "a block" : "NULL", errno_name(number),
        all_are(now, common, 0x5a) ? "kept" : "LOST");
    free(moved ? moved : block);
}

static void case_realloc_grow(void) {
    resize(64, 40000, false);
}

static void case_realloc_shrink(void) {
    resize(40000, 64, false);
}

static void case_realloc_null(void) {
    say_block(realloc(NULL, 100 * one), 16);
}

static void case_realloc_null_zero(void) {
    say_block(realloc(NULL, 0 * one), 16);
}

static void case_realloc_zero(void) {
    void *block = malloc(100);
    errno = MARK_ERRNO;
    void *volatile moved = realloc(block, 0 * one);
    say("%s, %s\n", moved ? "a block" : "NULL", errno_name(errno));
    free(moved);
}

static void case_realloc_huge(void) {
    resize(64, huge, false);
}

static void case_reallocarray(void) {
    resize(64, 40000, true);
}

static void case_reallocarray_overflow(void) {
    unsigned char *block = malloc(64);
    if (!block) {
        say("no first block\n");
        return;
    }
    memset(block, 0x5a, 64);
    void *volatile given = block;
    errno = MARK_ERRNO;
    void *volatile moved = reallocarray(given, SIZE_MAX / 8 * one, 16 * one);
    int number = errno;
    say("%s, %s, contents %s\n", moved ? "a block" : "NULL", errno_name(number),
        all_are(block, 64, 0x5a) ? "kept" : "LOST");
    free(block);
}

/** posix_memalign tells by its result; pointer and errno stay as they were. */
static void memalign_line(size_t align) {
    static char mark;
    void *block = &mark;
    int result = posix_memalign(&block, align, 100);
    int number = errno;
    say("returned %s, %s, ", errno_name(result), errno_name(number));
    if (block == &mark) {
        say("pointer untouched\n");
    } else {
        say("a block%s\n", (uintptr_t)block % align ? " MISALIGNED" : "");
        free(block);
    }
}

static void case_posix_memalign(void) {
    memalign_line(256 * one);
}

static void case_posix_memalign_odd(void) {
    memalign_line(24 * one);
}

static void case_posix_memalign_small(void) {
    memalign_line(2 * one);
}

static void case_posix_memalign_none(void) {
    memalign_line(0 * one);
}

static void case_aligned_alloc(void) {
    say_block(aligned_alloc(512 * one, 1024), 512);
}

static void case_memalign(void) {
    say_block(memalign(1024 * one, 100), 1024);
}

static void case_memalign_huge(void) {
    say_block(memalign((SIZE_MAX / 2 + 2) * one, 100 * one), 16);
}

static void case_valloc(void) {
    say_block(valloc(100 * one), PAGE);
}

static void case_pvalloc(void) {
    void *block = pvalloc(100 * one);
    int number = errno;
    if (block && malloc_usable_size(block) < PAGE) {
        say("SMALLER THAN A PAGE ");
    }
    errno = number;
    say_block(block, PAGE);
}

static void case_free(void) {
    void *volatile block = malloc(100);
    void *volatile mapped = malloc(1000000);
    errno = MARK_ERRNO;
    free(NULL);
    free(block);
    free(mapped);
    say("%s\n", errno_name(errno));
}

static void case_usable(void) {
    void *volatile block = malloc(100);
    say("%s, %zu for NULL\n", malloc_usable_size(block) >= 100 ? "enough" : "TOO LITTLE",
        malloc_usable_size(NULL));
    free(block);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"malloc", case_malloc},
    {"malloc-zero", case_malloc_zero},
    {"malloc-huge", case_malloc_huge},
    {"calloc", case_calloc},
    {"calloc-overflow", case_calloc_overflow},
    {"realloc-grow", case_realloc_grow},
    {"realloc-shrink", case_realloc_shrink},
    {"realloc-null", case_realloc_null},
    {"realloc-null-zero", case_realloc_null_zero},
    {"realloc-zero", case_realloc_zero},
    {"realloc-huge", case_realloc_huge},
    {"reallocarray", case_reallocarray},
    {"reallocarray-overflow", case_reallocarray_overflow},
    {"posix_memalign", case_posix_memalign},
    {"posix_memalign-odd", case_posix_memalign_odd},
    {"posix_memalign-small", case_posix_memalign_small},
    {"posix_memalign-none", case_posix_memalign_none},
    {"aligned_alloc", case_aligned_alloc},
    {"memalign", case_memalign},
    {"memalign-huge", case_memalign_huge},
    {"valloc", case_valloc},
    {"pvalloc", case_pvalloc},
    {"free", case_free},
    {"usable", case_usable},
};

int main(int argc, char *argv[]) {
    for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!strcmp(argv[1], cases[i].name)) {
            // Something to see, even where the case itself is refused before it counts.
            free(malloc(one));
            errno = MARK_ERRNO;
            cases[i].run();
            return 0;
        }
    }
    say("unknown case\n");
    return 98;
}
