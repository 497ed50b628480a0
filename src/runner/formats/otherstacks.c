// SPDX-License-Identifier: MIT
#include "runner/formats/otherstacks.h"

#include "runner/util/figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Who takes the stacks. */
struct taker {
    const struct document *document;
    otherstacks_function *function;
    void *context;
};

/** Give one to the taker. */
__attribute__((format(printf, 4, 5))) static void give(const struct taker *taker,
                                                       const char *word,
                                                       const json_t *frames,
                                                       const char *format, ...) {
    char *rest = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&rest, format, args);
    va_end(args);
    rest = document_kept(taker->document, length < 0 ? NULL : rest);
    if (rest) {
        taker->function(taker->context, word, rest, frames);
    }
    free(rest);
}

static void give_threads(const struct taker *taker, const json_t *threads) {
    const json_t *thread;
    size_t at;
    json_array_foreach(threads, at, thread) {
        const char *name = document_text(thread, "name");
        give(taker, "thread", json_object_get(thread, "frames"),
             "%s[%" JSON_INTEGER_FORMAT "]", name ? name : "?",
             document_number(thread, "tid"));
    }
}

/** The block that was misused, where it is known. */
static void give_block(const struct taker *taker, const json_t *finding) {
    const json_t *heap = json_object_get(finding, "heap");
    const json_t *allocated = json_object_get(finding, "allocated");
    const json_t *freed = json_object_get(finding, "freed");
    const char *address = document_text(heap, "address");
    json_int_t size = document_number(heap, "size");
    if (json_is_integer(json_object_get(heap, "size"))) {
        give(taker, "block", json_object_get(allocated, "frames"),
             "%" JSON_INTEGER_FORMAT " byte%s at %s, allocated by thread "
             "%" JSON_INTEGER_FORMAT,
             size, plural((uint64_t)size), address ? address : "?",
             document_number(allocated, "tid"));
    }
    if (json_is_object(freed)) {
        give(taker, "freed", json_object_get(freed, "frames"),
             "by thread %" JSON_INTEGER_FORMAT, document_number(freed, "tid"));
    }
}

static void give_leaks(const struct taker *taker, const json_t *leaks) {
    const json_t *leak;
    size_t at;
    json_array_foreach(leaks, at, leak) {
        char *amount = document_amount(taker->document, leak);
        if (amount) {
            give(taker, "leaked", json_object_get(leak, "frames"), "%s, allocated in",
                 amount);
        }
        free(amount);
    }
}

/** Whether a member of a finding is known here or elsewhere. */
static bool is_known(const char *key) {
    static const char *const keys[] = {"allocated", "freed", "injection"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

void otherstacks_each(const struct document *document, const json_t *finding,
                      otherstacks_function *function, void *context) {
    const struct taker taker = {document, function, context};
    const char *key;
    json_t *member;
    give_block(&taker, finding);
    give_threads(&taker, json_object_get(finding, "threads"));
    give_leaks(&taker, json_object_get(finding, "leaks"));
    json_object_foreach((json_t *)finding, key, member) {
        const json_t *frames = json_object_get(member, "frames");
        if (json_array_size(frames) > 0 && !is_known(key)) {
            give(&taker, key, frames, "%s", "");
        }
    }
}
