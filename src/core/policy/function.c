// SPDX-License-Identifier: MIT
#include "core/policy/function.h"

#include "core/policy/resource.h"

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
    const struct mf_resource *resource = mf_resource_of(function);
    return resource ? resource->name : function < MF_NAMED ? names[function] : "?";
}

mf_functions mf_functions_read(const char *word) {
    if (strcmp(word, MF_FUNCTIONS_DEFAULT_WORD) == 0) {
        return MF_FUNCTIONS_DEFAULT;
    }
    for (unsigned i = 0; i < MF_NAMED; i++) {
        if (strcmp(names[i], word) == 0) {
            return MF_FUNCTION_BIT(i);
        }
    }
    return mf_resource_read(word);
}

static void write_word(struct mf_text *text, const char *word, bool *first) {
    mf_text_add(text, *first ? "\"" : ", \"");
    mf_text_add(text, word);
    mf_text_add(text, "\"");
    *first = false;
}

void mf_functions_write(mf_functions functions, struct mf_text *text) {
    bool first = true;
    if ((functions & MF_FUNCTIONS_DEFAULT) == MF_FUNCTIONS_DEFAULT) {
        write_word(text, MF_FUNCTIONS_DEFAULT_WORD, &first);
        functions &= ~MF_FUNCTIONS_DEFAULT;
    }
    for (unsigned i = MF_GROUP_NONE + 1; i < MF_GROUP_COUNT; i++) {
        const char *group = mf_resource_group_name(i);
        mf_functions all = mf_resource_read(group);
        if ((functions & all) == all) {
            write_word(text, group, &first);
            functions &= ~all;
        }
    }
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        if ((functions & MF_FUNCTION_BIT(i)) && mf_function_name(i)[0] != '?') {
            write_word(text, mf_function_name(i), &first);
        }
    }
}
