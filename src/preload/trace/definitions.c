// SPDX-License-Identifier: MIT
// A stack is written into the file while it is walked, where the next definition would
// go; it counts from the moment its record's word is stored, and if the stack turns out
// to be known already that never happens.
#include "preload/trace/definitions.h"

#include "core/channel/stackid.h"
#include "core/policy/mix.h"
#include "preload/base/sys.h"
#include "preload/stack/modules.h"
#include "preload/stack/stack.h"
#include "preload/trace/tracefile.h"

#include <string.h>
#include <sys/mman.h>

/** How many places a stack is looked for in. */
#define PROBES_MAX 64
/** The room that a record takes at most: a stack, or a module. */
#define ROOM                                                                             \
    (sizeof(struct mf_trace_stack) +                                                     \
     MF_TRACE_FRAMES_MAX * sizeof(struct mf_trace_frame) +                               \
     sizeof(struct mf_trace_module) + sizeof(uint64_t))

_Static_assert(ROOM <= MF_TRACE_UNIT - sizeof(struct mf_trace_chunk), "fits a chunk");

bool mf_definitions_open(void) {
    size_t size = MF_TRACE_STACKS_MAX * sizeof(uint64_t);
    void *room = mf_sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mf_recorder.stacks = room == MAP_FAILED ? NULL : room;
    return mf_recorder.stacks;
}

/** A stack that is being walked. */
struct walk {
    struct mf_trace_stack *stack;
    /** The library's own key. */
    uint64_t own;
    struct mf_stackid folded;
    unsigned depth;
};

static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    struct walk *walk = context;
    if (walk->depth == 0 && frame->module && frame->module == walk->own) {
        return true;
    }
    unsigned at =
        mf_stackid_push(&walk->folded, frame->module, frame->offset, frame->function);
    if (at < MF_TRACE_FRAMES_MAX) {
        walk->stack->frames[at] = (struct mf_trace_frame){frame->module, frame->offset};
    }
    return ++walk->depth < MF_STACKID_DEPTH;
}

/** The index of a stack; whether it is new and the caller's to define. */
static uint32_t find(uint64_t id, bool *fresh) {
    uint64_t at = mf_mix(id);
    *fresh = false;
    for (unsigned i = 0; i < PROBES_MAX; i++, at++) {
        _Atomic uint64_t *place = &mf_recorder.stacks[at & (MF_TRACE_STACKS_MAX - 1)];
        uint64_t there = atomic_load_explicit(place, memory_order_relaxed);
        if (there == 0) {
            *fresh = atomic_compare_exchange_strong(place, &there, id);
            there = *fresh ? id : there;
        }
        if (there == id) {
            return (uint32_t)(at & (MF_TRACE_STACKS_MAX - 1)) + 1;
        }
    }
    return 0;
}

/** End a record of a length; the next one begins behind it. */
static void commit(struct mf_writer *writer, enum mf_trace_record kind, size_t length) {
    _Atomic uint64_t *record = (_Atomic uint64_t *)writer->define_at;
    writer->define_at += length;
    memset(writer->define_at, 0, sizeof(uint64_t));
    atomic_store_explicit(record, MF_TRACE_RECORD(kind, length), memory_order_release);
}

/** Whether a module's key is new and the caller's to define. */
static bool is_new_module(uint64_t key) {
    for (unsigned i = 0; i < MF_TRACE_MODULES_MAX; i++) {
        _Atomic uint64_t *place =
            &mf_recorder.modules[(key + i) & (MF_TRACE_MODULES_MAX - 1)];
        uint64_t there = atomic_load_explicit(place, memory_order_relaxed);
        if (there == 0 && atomic_compare_exchange_strong(place, &there, key)) {
            return true;
        }
        if (there == key) {
            return false;
        }
    }
    return false;
}

/** Have room for a definition in the writer's chunk; whether there is. */
static bool make_room(struct mf_writer *writer) {
    const struct mf_trace_chunk *chunk = writer->definitions;
    if (chunk && writer->define_at + ROOM <= (const unsigned char *)chunk + chunk->size) {
        return true;
    }
    struct mf_trace_chunk *next = mf_tracefile_extend(writer, MF_TRACE_DEFINITIONS, 0);
    if (!next) {
        return false;
    }
    atomic_store_explicit(&next->magic, MF_TRACE_CHUNK_MAGIC, memory_order_release);
    writer->define_at = (unsigned char *)(next + 1);
    return true;
}

static void define_module(struct mf_writer *writer, uint64_t key) {
    const struct mf_range *range = mf_modules_with(key);
    if (!range || !make_room(writer)) {
        return;
    }
    struct mf_trace_module *record = (struct mf_trace_module *)writer->define_at;
    size_t length = (MF_TRACE_MODULE_PATH + strlen(range->path) + 8) / 8 * 8;
    memset(record, 0, length);
    record->key = key;
    record->module.build_id_length = range->build_id_length;
    memcpy(record->module.build_id, range->build_id, sizeof(range->build_id));
    strcpy(record->module.path, range->path);
    commit(writer, MF_TRACE_MODULE, length);
}

/** Define a stack that stands where the next definition goes, and its modules. */
static void define(struct mf_writer *writer, const struct walk *walk, uint32_t index) {
    struct mf_trace_stack *stack = walk->stack;
    uint32_t count = walk->folded.count < MF_TRACE_FRAMES_MAX ? walk->folded.count
                                                              : MF_TRACE_FRAMES_MAX;
    stack->index = index;
    stack->count = count;
    stack->id = walk->folded.id;
    // The stack may go with its chunk when a module needs another one.
    uint64_t modules[MF_TRACE_FRAMES_MAX];
    uint32_t new_modules = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t key = stack->frames[i].module;
        if (key && is_new_module(key)) {
            modules[new_modules++] = key;
        }
    }
    commit(writer, MF_TRACE_STACK, sizeof(*stack) + count * sizeof(stack->frames[0]));
    for (uint32_t i = 0; i < new_modules; i++) {
        define_module(writer, modules[i]);
    }
}

/** The key of the library itself; 0 = not known yet. */
static uint64_t own_key(void) {
    uint64_t key = atomic_load_explicit(&mf_recorder.own_key, memory_order_relaxed);
    if (!key) {
        const struct mf_range *range = mf_modules_find((uintptr_t)own_key);
        key = range ? range->key : 0;
        atomic_store_explicit(&mf_recorder.own_key, key, memory_order_relaxed);
    }
    return key;
}

uint32_t mf_definitions_stack(struct mf_writer *writer, void *caller) {
    if (!caller || !mf_recorder.stacks || mf_is_shut_in() || !make_room(writer)) {
        return 0;
    }
    struct walk walk;
    walk.stack = (struct mf_trace_stack *)writer->define_at;
    walk.own = own_key();
    walk.depth = 0;
    mf_stackid_begin(&walk.folded);
    mf_stack_walk((uintptr_t)caller, on_frame, &walk);
    bool fresh = false;
    uint32_t index = walk.depth ? find(walk.folded.id ? walk.folded.id : 1, &fresh) : 0;
    if (fresh) {
        define(writer, &walk, index);
    }
    return index;
}
