// SPDX-License-Identifier: MIT
// Functions that return what a call in them has returned, and others that do not: compiled
// by test_returnflow in several ways, and never run.
#include <stdlib.h>
#include <string.h>

#define SEEN __attribute__((visibility("default")))

struct text {
    char *bytes;
    size_t length;
};

#ifdef __clang__
#define OPAQUE __attribute__((noinline))
#else
#define OPAQUE __attribute__((noipa))
#endif

/** Those that are called; hidden, so that calls of them are direct ones. */
OPAQUE void *source(size_t size) {
    __asm__ volatile("" : "+r"(size));
    return malloc(size);
}

OPAQUE void note(size_t size) {
    __asm__ volatile("" : "+r"(size) : : "memory");
}

OPAQUE int touch(void *block) {
    __asm__ volatile("" : "+r"(block) : : "memory");
    return 7;
}

// They do.

SEEN void *gives_or_dies(size_t size) {
    void *block = source(size);
    if (!block) {
        abort();
    }
    return block;
}

SEEN void *gives_and_counts(size_t size) {
    void *block = source(size);
    note(size);
    note(size + 1);
    return block;
}

SEEN void *gives_behind_a_header(size_t size) {
    size_t *block = source(size + 2 * sizeof(*block));
    if (!block) {
        return NULL;
    }
    block[0] = size;
    return block + 2;
}

SEEN char *gives_a_copy(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = source(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

SEEN char *gives_a_copy_in_the_end(const char *text, size_t size) {
    char *copy = source(size + 1);
    if (copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

SEEN void *gives_zeroes(size_t size) {
    void *block = source(size);
    if (!block) {
        abort();
    }
    return memset(block, 0, size);
}

SEEN struct text *gives_what_it_filled(size_t size, const struct text *with) {
    struct text *block = source(sizeof(*block) + size);
    if (!block) {
        note(size);
        return NULL;
    }
    for (size_t i = 0; i < size; i++) {
        block[i] = with[i];
        note(i);
    }
    return block;
}

// They do not.

SEEN int tells_whether(size_t size) {
    return source(size) != NULL;
}

SEEN int tells_failure(struct text *text, size_t size) {
    text->bytes = source(size);
    if (!text->bytes) {
        return 0;
    }
    text->length = size;
    return 1;
}

SEEN int tells_of_another(size_t size) {
    void *block = source(size);
    return block ? touch(block) : -1;
}

SEEN size_t gives_a_length(size_t size) {
    char *block = source(size);
    size_t length = block ? strlen(block) : 0;
    free(block);
    return length;
}

SEEN struct text *gives_what_it_was_given(struct text *text, size_t size) {
    text->bytes = source(size);
    note(size);
    return text;
}

// Looks at it, or not.

SEEN int looks(size_t size) {
    return *(char *)source(size);
}

SEEN void looks_later(struct text *text, size_t size) {
    text->bytes = source(size);
    note(size);
}

SEEN void ignores(size_t size) {
    source(size);
    note(size);
}

SEEN int ignores_and_tells(size_t size) {
    source(size);
    return 0;
}
