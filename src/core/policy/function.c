// SPDX-License-Identifier: MIT
#include "core/policy/function.h"

#include <string.h>

static const char *const names[MF_NAMED] = {
    [MF_MALLOC] = "malloc",
    [MF_CALLOC] = "calloc",
    [MF_REALLOC] = "realloc",
    [MF_REALLOCARRAY] = "reallocarray",
    [MF_POSIX_MEMALIGN] = "posix_memalign",
    [MF_ALIGNED_ALLOC] = "aligned_alloc",
    [MF_MEMALIGN] = "memalign",
    [MF_VALLOC] = "valloc",
    [MF_PVALLOC] = "pvalloc",
    [MF_MMAP] = "mmap",
    [MF_MREMAP] = "mremap",
    [MF_BRK] = "brk",
    [MF_SBRK] = "sbrk",
    [MF_SHOULD_FAIL] = "mallocfail_should_fail",
};

const char *mf_function_name(unsigned function) {
    return function < MF_NAMED ? names[function] : "?";
}

int mf_function_find(const char *name) {
    for (int i = 0; i < MF_NAMED; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}
