// SPDX-License-Identifier: MIT
// A libFuzzer target whose input decides which allocations fail, too: see mallocfail.h.
//
//     clang -g -fsanitize=fuzzer,address -o fuzz fuzz.c
//     mallocfail run -q ./fuzz corpus         # finds a crash, and writes crash-...
//     mallocfail run ./fuzz crash-...         # brings it back
#include <mallocfail.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** A list of words, as a string of each. */
struct words {
    char **all;
    size_t count;
};

static void forget(struct words *words) {
    for (size_t i = 0; i < words->count; i++) {
        free(words->all[i]);
    }
    free(words->all);
}

/** Add a word; 0, or -1 when memory ran out. */
static int add(struct words *words, const char *from, size_t length) {
    char **all = realloc(words->all, (words->count + 1) * sizeof(*all));
    if (!all) {
        return -1;
    }
    words->all = all;
    char *word = malloc(length + 1);
    if (!word && words->count < 2) {
        return -1;
    }
    // From the third word on nobody looked.
    memcpy(word, from, length);
    word[length] = '\0';
    words->all[words->count++] = word;
    return 0;
}

static void split(const char *text, size_t size) {
    struct words words = {NULL, 0};
    while (size > 0) {
        const char *end = memchr(text, ' ', size);
        size_t length = end ? (size_t)(end - text) : size;
        if (add(&words, text, length) != 0) {
            break;
        }
        length += end != NULL;
        text += length;
        size -= length;
    }
    forget(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    // The first two bytes: after how many allocations one fails, and then another one.
    size_t seed = size < 2 ? size : 2;
    mallocfail_seed(data, seed);
    split((const char *)data + seed, size - seed);
    mallocfail_stop(MALLOCFAIL_THREAD);
    return 0;
}
