// SPDX-License-Identifier: MIT
// Functions of the program that are allocations by their names, and those that give out other
// things than memory: a jump at their entry, or a linkage table, leads to the way in, which
// asks here. They can have any arguments, and so they are jumped on to; what they return is
// seen only where they fail.
#include "named.h"

#include "core/policy/resource.h"
#include "preload/base/state.h"
#include "preload/entry/follow.h"
#include "preload/explore/hold.h"
#include "preload/patch/later.h"
#include "preload/patch/linkage.h"
#include "preload/patch/patch.h"
#include "preload/policy/gate.h"
#include "preload/policy/notice.h"

#include <errno.h>

static struct {
    /** Which parts of vector registers are to be kept; and whether that is known. */
    _Atomic uint32_t vectors;
    _Atomic bool known;
} mf_ways;

/** Keep what is no part of the registers that the way in has kept. */
static void keep(struct mf_named_vectors *vectors) {
    if (!atomic_load_explicit(&mf_ways.known, memory_order_acquire)) {
        atomic_store(&mf_ways.vectors, mf_named_find_vectors());
        atomic_store(&mf_ways.known, true);
    }
    mf_named_keep(vectors, atomic_load_explicit(&mf_ways.vectors, memory_order_relaxed));
}

/** Whether a call passes that has not passed quickly. */
static __attribute__((noinline)) bool passes_slowly(enum mf_function function,
                                                    uint64_t size, void *caller) {
    struct mf_named_vectors vectors;
    keep(&vectors);
    bool passes = mf_gate_passes_by_caller(caller) ||
                  mf_gate_passes_slow(function, size, 0, caller);
    mf_named_restore(&vectors);
    return passes;
}

/** Whether a call passes. */
static bool passes(enum mf_function function, uint64_t size, void *caller) {
    return mf_likely(mf_gate_passes_fast(function, size)) ||
           passes_slowly(function, size, caller);
}

/** A call whose blocks are followed: what it returns. */
static uint64_t follow(enum mf_entry entry, const uint64_t *arguments, void *caller) {
    struct mf_named_vectors vectors;
    keep(&vectors);
    uint64_t result = mf_follow_call(entry, arguments, caller);
    mf_named_restore(&vectors);
    return result;
}

/** The size that a call asks for: as many bytes as its arguments say. */
static uint64_t size_of(const struct mf_named *named,
                        const struct mf_named_registers *registers) {
    uint64_t size = named->sizes[0] ? 1 : 0;
    for (unsigned i = 0; i < 2; i++) {
        unsigned argument = named->sizes[i];
        if (argument > 0 && argument <= MF_NAMED_ARGUMENTS &&
            __builtin_mul_overflow(size, registers->arguments[argument - 1], &size)) {
            return UINT64_MAX;
        }
    }
    return size;
}

/** What a refused call returns. */
static uint64_t refused(const struct mf_named *named) {
    uintptr_t null = (uintptr_t)mf_hold_refused();
    if (named->error) {
        errno = named->error;
    }
    return named->value ? (uint64_t)named->value : null;
}

/** Whether this is a child of vfork(), where all that is written is its parent's. */
static bool is_borrowed(void) {
    return mf.process && !mf_is_shut_in() && mf_sys_pid() != mf.pid;
}

/** Whether a call is one that can fail for want of something. */
static bool is_asking(const struct mf_resource *resource,
                      const struct mf_named_registers *registers) {
    bool fits = resource->commands == 0;
    for (unsigned i = 0; i < resource->commands; i++) {
        fits |= resource->command[i] == (int)registers->arguments[1];
    }
    return fits && !is_borrowed();
}

/** What a refused call of a resource function returns. */
static uint64_t run_out(const struct mf_resource *resource, enum mf_function function) {
    uintptr_t null = (uintptr_t)mf_hold_refused();
    int error = mf_resource_error(function, mf_self.error);
    if (resource->result == MF_RETURNS_ERROR) {
        return (uint64_t)error;
    }
    errno = error;
    return resource->result == MF_RETURNS_NULL ? null : UINT64_MAX;
}

/** The same question for a resource function, by the number of its symbol. */
static void *ask_resource(struct mf_named_registers *registers, unsigned symbol) {
    enum mf_function function;
    void *original = mf_linkage_original(symbol, &function);
    const struct mf_resource *resource = mf_resource_of(function);
    if (!is_asking(resource, registers) ||
        passes(function, 0, (void *)(uintptr_t)registers->caller)) {
        return original;
    }
    if (resource->releases) {
        ((int (*)(uint64_t))original)(registers->arguments[0]);
    }
    mf_named_return(registers, run_out(resource, function));
    return NULL;
}

/** What a refused call of the allocator's returns, or where it goes on. */
static void *refuse_own(struct mf_named_registers *registers, enum mf_entry entry) {
    if (entry == MF_ENTRY_NEW_NOTHROW || entry == MF_ENTRY_NEW_ARRAY_NOTHROW ||
        entry == MF_ENTRY_NEW_ALIGNED_NOTHROW ||
        entry == MF_ENTRY_NEW_ARRAY_ALIGNED_NOTHROW) {
        mf_named_return(registers, 0);
        return NULL;
    }
    if (entry >= MF_ENTRY_NEW) {
        return mf_patch_news_refused[entry - MF_ENTRY_NEW];
    }
    if (entry == (enum mf_entry)MF_POSIX_MEMALIGN) {
        mf_named_return(registers, ENOMEM);
        return NULL;
    }
    errno = ENOMEM;
    mf_named_return(registers, (uintptr_t)mf_hold_refused());
    return NULL;
}

/** The question for a function of the allocator inside the program, whose blocks nobody
 * follows. */
static void *ask_own(struct mf_named_registers *registers, enum mf_entry entry,
                     bool counted, void *original) {
    void *caller = (void *)(uintptr_t)registers->caller;
    bool is_new = entry >= MF_ENTRY_NEW;
    enum mf_function function = !is_new                         ? (enum mf_function)entry
                                : entry >= MF_ENTRY_NEW_ALIGNED ? MF_ALIGNED_ALLOC
                                                                : MF_MALLOC;
    uint64_t size = registers->arguments[0];
    bool asks = is_new ? mf_patch_new_fails(entry, caller)
                       : mf_follow_size(entry, registers->arguments, &size);
    if (function == MF_CALLOC && mf.solo && !*mf.single_threaded) {
        mf_notice_second_thread();
    }
    counted = counted && mf_gate_has_counted(size);
    bool passed = !asks || (!counted && mf_gate_passes_fast(function, size)) ||
                  passes_slowly(function, size, caller);
    return passed ? original : refuse_own(registers, entry);
}

/** The question for a function by name. */
static void *ask_named(struct mf_named_registers *registers, unsigned which,
                       void *original) {
    const struct mf_named *named = mf_patch_named_at(which);
    if (!passes((enum mf_function)(MF_NAMED + which), size_of(named, registers),
                (void *)(uintptr_t)registers->caller)) {
        mf_named_return(registers, refused(named));
        return NULL;
    }
    return original;
}

/** A call of a function in a library that was loaded later. */
static void *come_to_later(struct mf_named_registers *registers, unsigned number) {
    const struct mf_later *function = mf_later_at(number);
    if (function->entry >= MF_ENTRY_NAMED) {
        return ask_named(registers, function->named, function->original);
    }
    return ask_own(registers, (enum mf_entry)function->entry, false, function->original);
}

/** A call of the allocator inside the program. */
static void *come_to_own(struct mf_named_registers *registers) {
    unsigned number = (unsigned)registers->number;
    if (number >= MF_PATCH_LATER) {
        return come_to_later(registers, number - MF_PATCH_LATER);
    }
    if (number >= MF_PATCH_COUNTED) {
        enum mf_entry malloc_entry = (enum mf_entry)MF_MALLOC;
        return ask_own(registers, malloc_entry, true, mf_patch_original(malloc_entry));
    }
    if (number < MF_PATCH_FOLLOWED) {
        enum mf_entry own = (enum mf_entry)(number - MF_PATCH_OWN);
        return ask_own(registers, own, false, mf_patch_original(own));
    }
    enum mf_entry entry = (enum mf_entry)(number - MF_PATCH_FOLLOWED);
    uint64_t result =
        follow(entry, registers->arguments, (void *)(uintptr_t)registers->caller);
    if (entry != MF_ENTRY_FREE) {
        mf_named_return(registers, result);
    }
    return NULL;
}

/** Called by the way in. */
void *mf_named_ask(struct mf_named_registers *registers);

__attribute__((used, visibility("hidden"))) void *
mf_named_ask(struct mf_named_registers *registers) {
    if (registers->number >= MF_PATCH_OWN) {
        return come_to_own(registers);
    }
    if (registers->number >= MF_PATCH_NAMED_MAX) {
        return ask_resource(registers, (unsigned)registers->number - MF_PATCH_NAMED_MAX);
    }
    enum mf_entry entry = (enum mf_entry)(MF_ENTRY_NAMED + registers->number);
    return ask_named(registers, mf_patch_named(entry), mf_patch_original(entry));
}

void *const mf_patch_named_way = (void *)mf_named_way_kept;
