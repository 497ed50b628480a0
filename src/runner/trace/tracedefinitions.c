// SPDX-License-Identifier: MIT
#include "runner/trace/tracedefinitions.h"

#include "runner/util/printable.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Until all modules are known a frame keeps its module's key here, by stack and frame:
 * the key's low half; a module is told apart by that as well. */
static uint32_t short_key(uint64_t key) {
    return (uint32_t)(key ^ key >> 32);
}

/** Room in the table for a stack; 0 on success. */
static int make_room(struct tracefile *file, uint32_t index) {
    if (index <= file->stack_count) {
        return 0;
    }
    uint32_t count = 1024;
    while (count < index) {
        count *= 2;
    }
    struct trace_stack *stacks =
        reallocarray(file->stacks, count, sizeof(file->stacks[0]));
    if (!stacks) {
        return -1;
    }
    memset(stacks + file->stack_count, 0,
           (count - file->stack_count) * sizeof(stacks[0]));
    file->stacks = stacks;
    file->stack_count = count;
    return 0;
}

/** Add a stack; 0, or -1 when memory ran out. */
static int add_stack(struct tracefile *file, const struct mf_trace_stack *stack) {
    if (make_room(file, stack->index) != 0) {
        return -1;
    }
    struct trace_stack *to = &file->stacks[stack->index - 1];
    if (to->count > 0) {
        return 0;
    }
    to->frames = calloc(stack->count, sizeof(to->frames[0]));
    if (!to->frames) {
        return -1;
    }
    to->id = stack->id;
    to->count = stack->count;
    for (uint32_t i = 0; i < stack->count; i++) {
        uint64_t key = stack->frames[i].module;
        to->frames[i] =
            (struct frame){key ? short_key(key) : MODULE_NONE, stack->frames[i].offset};
    }
    return 0;
}

/** Add a module from a record of a length; 0, or -1 when memory ran out. */
static int add_module(struct tracedefinitions *definitions, struct tracefile *file,
                      const struct mf_trace_module *record, uint64_t length) {
    struct mf_module module = {0};
    memcpy(&module, &record->module, length - offsetof(struct mf_trace_module, module));
    module.path[sizeof(module.path) - 1] = '\0';
    if (module.build_id_length > MF_BUILD_ID_MAX) {
        module.build_id_length = 0;
    }
    printable_fix(module.path);
    size_t count = definitions->key_count;
    struct tracekey *keys = reallocarray(definitions->keys, count + 1, sizeof(keys[0]));
    if (!keys) {
        return -1;
    }
    definitions->keys = keys;
    keys[count] =
        (struct tracekey){short_key(record->key), modules_add(&file->modules, &module)};
    definitions->key_count++;
    return keys[count].module == MODULE_NONE ? -1 : 0;
}

/** Whether a record of this length, inside its chunk, is what it says it is. */
static bool is_sound(const struct tracedefinitions *definitions, const unsigned char *at,
                     uint32_t kind, uint64_t length) {
    const struct mf_trace_stack *stack = (const struct mf_trace_stack *)at;
    if (kind == MF_TRACE_MODULE) {
        return length > MF_TRACE_MODULE_PATH &&
               length <= sizeof(struct mf_trace_module) &&
               definitions->key_count < MF_TRACE_MODULES_MAX;
    }
    return kind == MF_TRACE_STACK && length >= sizeof(*stack) && stack->index > 0 &&
           stack->index <= MF_TRACE_STACKS_MAX && stack->count > 0 &&
           stack->count <= MF_TRACE_FRAMES_MAX &&
           length == sizeof(*stack) + stack->count * sizeof(stack->frames[0]);
}

/** Take the records of a chunk that is in memory. */
static int take(struct tracedefinitions *definitions, struct tracefile *file,
                const unsigned char *at, const unsigned char *end) {
    uint64_t word = 0;
    while (end - at >= 8 && (word = mf_trace_word(at)) != 0) {
        uint64_t length = word & UINT32_MAX;
        uint32_t kind = (uint32_t)(word >> 32);
        if (length > (uint64_t)(end - at) || !is_sound(definitions, at, kind, length)) {
            file->damaged++;
            return 0;
        }
        int bad = kind == MF_TRACE_STACK
                      ? add_stack(file, (const struct mf_trace_stack *)at)
                      : add_module(definitions, file, (const struct mf_trace_module *)at,
                                   length);
        if (bad) {
            return -1;
        }
        at += length;
    }
    return 0;
}

int tracedefinitions_read(struct tracedefinitions *definitions, struct tracefile *file,
                          uint64_t offset, uint64_t size) {
    unsigned char *bytes = malloc(size);
    if (!bytes) {
        return -1;
    }
    ssize_t got = pread(file->fd, bytes, size, (off_t)offset);
    size_t header = sizeof(struct mf_trace_chunk);
    int result = 0;
    if (got > (ssize_t)header) {
        result = take(definitions, file, bytes + header, bytes + got);
    }
    free(bytes);
    return result;
}

static int by_key(const void *first, const void *second) {
    const struct tracekey *a = first, *b = second;
    return (a->key > b->key) - (a->key < b->key);
}

/** The module with a key. */
static uint32_t find(const struct tracedefinitions *definitions, uint32_t key) {
    const struct tracekey wanted = {.key = key};
    size_t count = definitions->key_count;
    const struct tracekey *found =
        count > 0 ? bsearch(&wanted, definitions->keys, count, sizeof(wanted), by_key)
                  : NULL;
    return found ? found->module : MODULE_NONE;
}

void tracedefinitions_finish(struct tracedefinitions *definitions,
                             struct tracefile *file) {
    if (definitions->key_count > 0) {
        qsort(definitions->keys, definitions->key_count, sizeof(definitions->keys[0]),
              by_key);
    }
    for (uint32_t i = 0; i < file->stack_count; i++) {
        struct trace_stack *stack = &file->stacks[i];
        for (uint32_t j = 0; j < stack->count; j++) {
            if (stack->frames[j].module != MODULE_NONE) {
                stack->frames[j].module = find(definitions, stack->frames[j].module);
            }
        }
    }
}

void tracedefinitions_destroy(struct tracedefinitions *definitions) {
    free(definitions->keys);
    *definitions = (struct tracedefinitions){0};
}
