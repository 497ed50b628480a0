// SPDX-License-Identifier: MIT
#include "preload/patch/patch.h"

#include "core/channel/trace.h"
#include "jump.h"
#include "preload/base/env.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/patch/program.h"

#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/** Nearer behind the program its heap is to grow. */
#define HEAP_ROOM   (UINT64_C(1) << 28)
#define AT_ONCE_MAX 64

_Static_assert(MF_PATCH_COPY_MAX % 16 == 0 && MF_JUMP_FAR % 16 == 0,
               "copies are aligned");

/** What a patch takes in the place near the program: a far jump to ours, and the copy. */
#define ROOM (MF_JUMP_FAR + MF_PATCH_COPY_MAX)

/** The same for the gate in front of malloc, which has a copy of its own. */
#define GATE_ROOM (MF_JUMP_GATE_ROOM + MF_PATCH_COPY_MAX)

static struct {
    /** What is to be written; NULL = nothing. */
    struct mf_patches *plan;
    void *originals[MF_ENTRY_COUNT];
    /** Of functions by name: a copy of what is said of them, and which one each is. */
    struct mf_named named[MF_NAMED_MAX];
    uint32_t which[MF_PATCH_NAMED_MAX];
} mf_patch;

/** The patches at work. */
struct work {
    struct mf_patches *patches;
    uint32_t count;
    /** The file whose turn it is, and which one that is. */
    const struct mf_patch_file *file;
    uint32_t which;
    /** How far it lies from where it is linked to. */
    uint64_t bias;
    /** The place near it. */
    unsigned char *place;
    size_t size;
    uint64_t page;
    bool shadowed;
    /** Whether blocks are followed until they are freed, and whether the page allocator
     * is to serve. */
    bool follows, replaced;
};

void *mf_patch_original(enum mf_entry entry) {
    return mf_patch.originals[entry];
}

unsigned mf_patch_named(enum mf_entry entry, const struct mf_named **named) {
    unsigned which = mf_patch.which[entry - MF_ENTRY_NAMED];
    *named = &mf_patch.named[which];
    return which;
}

/** Whether a path leads to a file. */
static bool is_file(const struct mf_patch_file *file, const char *path) {
    struct mf_sys_file found;
    return mf_sys_look_at(path, &found) == 0 && found.device == file->device &&
           found.inode == file->inode;
}

/** A library that is looked for. */
struct library {
    const struct mf_patch_file *file;
    uint64_t bias;
};

static int on_library(struct dl_phdr_info *info, size_t size, void *context) {
    struct library *library = context;
    (void)size;
    library->bias = info->dlpi_addr;
    return info->dlpi_name && info->dlpi_name[0] == '/' &&
           is_file(library->file, info->dlpi_name);
}

/** Find out how far the program lies from where it is linked to. */
static bool find_program(uint64_t *bias) {
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    unsigned long count = headers ? getauxval(AT_PHNUM) : 0;
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type == PT_PHDR) {
            *bias = (uintptr_t)headers - headers[i].p_vaddr;
            return true;
        }
    }
    return false;
}

/** The same of the file whose turn it is; whether it is there. */
static bool find_bias(struct work *work) {
    struct library library = {work->file, 0};
    if (work->which == 0) {
        return find_program(&work->bias);
    }
    bool found = dl_iterate_phdr(on_library, &library) != 0;
    work->bias = library.bias;
    return found;
}

/** Whether a patch is of the file whose turn it is. */
static bool is_turn(const struct work *work, const struct mf_patch *patch) {
    return patch->file == work->which;
}

static unsigned char *entry_of(const struct work *work, const struct mf_patch *patch) {
    return (unsigned char *)(uintptr_t)(work->bias + patch->address);
}

/** Whether the runner's numbers make sense, and the code is as they have it. */
static bool is_as_planned(const struct work *work) {
    if (work->patches->inner_count > MF_PATCH_INNER_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < work->count; i++) {
        const struct mf_patch *patch = &work->patches->list[i];
        if (!is_turn(work, patch)) {
            continue;
        }
        if (patch->entry >= MF_ENTRY_COUNT || patch->named >= MF_NAMED_MAX ||
            patch->taken > MF_PATCH_TAKEN_MAX || patch->copied > MF_PATCH_COPY_MAX ||
            patch->fixes > MF_PATCH_FIXES_MAX || patch->address < work->file->low ||
            patch->address > work->file->high ||
            memcmp(entry_of(work, patch), patch->before, patch->taken) != 0) {
            return false;
        }
    }
    for (uint32_t i = 0; i < work->patches->inner_count; i++) {
        const struct mf_patch_inner *inner = &work->patches->inner[i];
        if (inner->address < work->file->low ||
            inner->address > work->file->high - MF_JUMP_DISTANCE) {
            return false;
        }
    }
    return true;
}

/** Take a place that is free; NULL where that one is not. */
static unsigned char *take(uint64_t at, size_t size) {
    void *wanted = (void *)(uintptr_t)at;
    void *got = mf_sys_mmap(wanted, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    // Before Linux 4.17 the flag was not known.
    if (got != MAP_FAILED && got != wanted) {
        mf_sys_unmap(got, size);
    }
    return got == wanted ? got : NULL;
}

/** Take a place near the program: below it where there is one. */
static bool take_place(struct work *work) {
    uint64_t low = (work->bias + work->file->low) & ~(MF_PATCH_STEP - 1);
    uint64_t high = work->bias + work->file->high + HEAP_ROOM + MF_PATCH_STEP;
    uint64_t step = MF_PATCH_STEP, most = MF_PATCH_DISTANCE;
    if ((uint64_t)MF_JUMP_REACH / 2 < most) {
        most = MF_JUMP_REACH / 2;
        high -= HEAP_ROOM;
    }
    work->size = work->count * ROOM + GATE_ROOM;
    work->size = (work->size + work->page - 1) & ~(work->page - 1);
    for (uint64_t far = step; far < most && !work->place; far += step) {
        if (low > far + MF_PATCH_LOWEST) {
            work->place = take(low - far, work->size);
        }
        if (!work->place) {
            work->place = take((high + far) & ~(MF_PATCH_STEP - 1), work->size);
        }
        step += far / AT_ONCE_MAX & ~(MF_PATCH_STEP - 1);
    }
    return work->place;
}

/** Whether a function is patched here, and not only called. */
static bool is_jumped(const struct work *work, const struct mf_patch *patch) {
    bool of_blocks =
        patch->entry == MF_ENTRY_FREE || patch->entry == MF_ENTRY_USABLE_SIZE;
    return patch->taken && !(patch->calls && work->shadowed) &&
           (!of_blocks || work->follows);
}

/** Where a function goes on as it was: its copy, or itself. */
static uintptr_t original_of(const struct work *work, uint64_t entry) {
    for (uint32_t i = 0; i < work->count; i++) {
        const struct mf_patch *patch = &work->patches->list[i];
        if (patch->entry == entry) {
            return (uintptr_t)(is_jumped(work, patch)
                                   ? work->place + i * ROOM + MF_JUMP_FAR
                                   : entry_of(work, patch));
        }
    }
    return 0;
}

/** Adapt a copy to where things lie. */
static void fix(const struct work *work, unsigned char *copy,
                const struct mf_patch_fix *fix) {
    uint64_t target = fix->kind == MF_PATCH_ORIGINAL ? original_of(work, fix->target)
                                                     : work->bias + fix->target;
    int64_t distance = (int64_t)(target - (uintptr_t)(copy + fix->end));
    int32_t near = (int32_t)distance;
    switch (fix->kind) {
    case MF_PATCH_NEAR:
    case MF_PATCH_ORIGINAL:
        memcpy(copy + fix->at, &near, sizeof(near));
        break;
    case MF_PATCH_ADDRESS:
        memcpy(copy + fix->at, &target, sizeof(target));
        break;
    case MF_PATCH_BRANCH26:
        mf_jump_put_words(copy + fix->at, distance);
        break;
    }
}

/** Write the far jump to what a patch's jump leads to; false where that is nothing. */
static bool write_far(const struct work *work, const struct mf_patch *patch,
                      unsigned char *to) {
    uint32_t entry = patch->entry, number = MF_PATCH_OWN + entry;
    if (entry >= MF_ENTRY_NAMED) {
        number = entry - MF_ENTRY_NAMED;
        mf_patch.which[number] = patch->named;
    } else if (entry >= MF_ENTRY_STRDUP) {
        mf_jump_far(to, (uintptr_t)mf_patch_copiers[entry - MF_ENTRY_STRDUP], 0);
        return true;
    } else if (entry >= MF_ENTRY_THROW_BAD_ALLOC) {
        return false;
    } else if (entry < MF_ENTRY_NEW && work->follows) {
        number = MF_PATCH_FOLLOWED + entry;
    }
    mf_jump_kept(to, (uintptr_t)mf_patch_named_way, number);
    return true;
}

/** Write a copy, and adapt it. */
static void write_copy(const struct work *work, const struct mf_patch *patch,
                       unsigned char *copy) {
    memcpy(copy, patch->copy, patch->copied);
    for (unsigned k = 0; k < patch->fixes; k++) {
        fix(work, copy, &patch->fix[k]);
    }
}

/** Where malloc's gate is. */
static unsigned char *gate_of(const struct work *work) {
    return work->place + work->count * ROOM;
}

/** Whether a function has a gate: malloc, unless all its calls are recorded, or its memory
 * comes from somewhere else. */
static bool has_gate(const struct work *work, const struct mf_patch *patch) {
    return MF_JUMP_GATE > 0 && patch->entry == MF_MALLOC && !work->replaced &&
           !mf_env_find(MF_TRACE_VARIABLE);
}

/** Write the fast path of our malloc in front of a copy of the program's: what passes
 * needs no way to the library and back. */
static void write_gate(const struct work *work, const struct mf_patch *patch) {
    const struct mf_jump_gate gate = {
        .counter = &mf_self.counter,
        .window = &mf_hot.windows[MF_MALLOC].low,
    };
    unsigned char *copy = gate_of(work) + MF_JUMP_GATE;
    unsigned char *asked = copy + MF_PATCH_COPY_MAX + MF_JUMP_FAR;
    mf_jump_gate(gate_of(work), &gate, MF_PATCH_COPY_MAX);
    write_copy(work, patch, copy);
    write_far(work, patch, asked - MF_JUMP_FAR);
    mf_jump_kept(asked, (uintptr_t)mf_patch_named_way,
                 work->follows ? MF_PATCH_FOLLOWED + MF_MALLOC : MF_PATCH_COUNTED);
}

_Static_assert(offsetof(struct mf_window, count) == 8 &&
                   offsetof(struct mf_window, low) == 0 &&
                   offsetof(struct mf_thread_counter, left) == 0,
               "as the gate reads them");

/** Write the far jumps and the copies. */
static bool fill_place(const struct work *work) {
    for (uint32_t i = 0; i < work->count; i++) {
        const struct mf_patch *patch = &work->patches->list[i];
        unsigned char *copy = work->place + i * ROOM + MF_JUMP_FAR;
        bool ours = is_turn(work, patch) && is_jumped(work, patch) &&
                    write_far(work, patch, copy - MF_JUMP_FAR);
        if (ours) {
            write_copy(work, patch, copy);
        }
        if (ours && has_gate(work, patch)) {
            write_gate(work, patch);
        }
    }
    __builtin___clear_cache((char *)work->place, (char *)work->place + work->size);
    return mf_sys_protect(work->place, work->size, PROT_READ | PROT_EXEC) == 0;
}

/** Write bytes into code. Nothing else runs meanwhile, not even a function of the C
 * library: it may be the program's own, on the very page. */
static bool write_code(const struct work *work, unsigned char *to,
                       const unsigned char *bytes, size_t length) {
    uintptr_t low = (uintptr_t)to & ~(work->page - 1);
    uintptr_t high = ((uintptr_t)to + length + work->page - 1) & ~(work->page - 1);
    if (mf_sys_protect((void *)low, high - low, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        ((volatile unsigned char *)to)[i] = bytes[i];
    }
    bool closed = mf_sys_protect((void *)low, high - low, PROT_READ | PROT_EXEC) == 0;
    __builtin___clear_cache((char *)to, (char *)to + length);
    return closed;
}

/** Lead a call of one function by another past the jump. */
static bool write_inner(const struct work *work, const struct mf_patch_inner *inner) {
    unsigned char *at = (unsigned char *)(uintptr_t)(work->bias + inner->address);
    unsigned char bytes[MF_JUMP_DISTANCE];
    memcpy(bytes, at, sizeof(bytes));
    mf_jump_lead(bytes, (int64_t)(original_of(work, inner->entry) - (uintptr_t)at));
    return write_code(work, at, bytes, sizeof(bytes));
}

/** Write all jumps. */
static bool write_jumps(const struct work *work) {
    bool fine = true;
    uint64_t signals = mf_sys_block_signals();
    for (uint32_t i = 0; i < work->count && fine; i++) {
        const struct mf_patch *patch = &work->patches->list[i];
        unsigned char *entry = entry_of(work, patch);
        unsigned char *far = work->place + i * ROOM;
        if (!is_turn(work, patch)) {
            continue;
        }
        mf_patch.originals[patch->entry] = entry;
        if (is_jumped(work, patch)) {
            unsigned char jump[MF_JUMP_NEAR];
            mf_jump_near(jump, (has_gate(work, patch) ? gate_of(work) : far) - entry);
            fine = write_code(work, entry, jump, sizeof(jump));
            mf_patch.originals[patch->entry] = far + MF_JUMP_FAR;
        }
    }
    uint32_t inner = work->which == 0 ? work->patches->inner_count : 0;
    for (uint32_t i = 0; i < inner && fine; i++) {
        fine = write_inner(work, &work->patches->inner[i]);
    }
    mf_sys_restore_signals(signals);
    return fine;
}

/** Without a malloc_usable_size() of its own, nobody knows. */
static size_t no_size(void *block) {
    (void)block;
    return 0;
}

/** Have the originals be the next functions. */
static void take_originals(void) {
    static const size_t offsets[MF_ENTRY_NEW] = {
        [MF_MALLOC] = offsetof(struct mf_next, malloc),
        [MF_CALLOC] = offsetof(struct mf_next, calloc),
        [MF_REALLOC] = offsetof(struct mf_next, realloc),
        [MF_POSIX_MEMALIGN] = offsetof(struct mf_next, posix_memalign),
        [MF_ALIGNED_ALLOC] = offsetof(struct mf_next, aligned_alloc),
        [MF_MEMALIGN] = offsetof(struct mf_next, memalign),
        [MF_ENTRY_FREE] = offsetof(struct mf_next, free),
        [MF_ENTRY_USABLE_SIZE] = offsetof(struct mf_next, malloc_usable_size),
    };
    if (!mf_patch.originals[MF_MALLOC]) {
        return;
    }
    mf_hot.next.malloc_usable_size = no_size;
    for (int i = 0; i < MF_ENTRY_NEW; i++) {
        void *original = mf_patch.originals[i];
        // The others are called by nobody but from where their arguments are known.
        if (original && (i == MF_MALLOC || offsets[i] > 0)) {
            memcpy((char *)&mf_hot.next + offsets[i], &original, sizeof(original));
        }
    }
}

/** Write what there is to write into one file. */
static enum mf_patch_state apply(struct work *work) {
    work->place = NULL;
    if (!find_bias(work) || !is_as_planned(work)) {
        return MF_PATCH_CHANGED;
    }
    if (MF_JUMP_REACH == 0 || !take_place(work)) {
        return MF_PATCH_NO_ROOM;
    }
    if (!fill_place(work) || !write_jumps(work)) {
        return MF_PATCH_REFUSED;
    }
    return MF_PATCH_DONE;
}

/** Tell why functions are not reached. */
static void tell(enum mf_patch_state state) {
    static const char *const reasons[] = {
        [MF_PATCH_CHANGED] = "its file has changed",
        [MF_PATCH_NO_ROOM] = "there is no address space near it",
        [MF_PATCH_REFUSED] = "the kernel refuses to make its code writable",
    };
    mf_say("functions of the program do not fail: ", reasons[state], NULL);
}

bool mf_patch_find(int32_t runner, bool inside) {
    if (mf.head && mf_program_has(&mf.head->patches)) {
        mf_patch.plan = &mf.head->patches;
    } else if (mf.head && inside) {
        struct mf_patches *plan = mf_program_find(runner);
        mf_patch.plan = plan && mf_program_has(plan) ? plan : NULL;
    }
    return mf_patch.plan != NULL;
}

void mf_patch_start(bool replaced) {
    struct mf_patches *patches = mf_patch.plan;
    if (!patches) {
        return;
    }
    memcpy(mf_patch.named, patches->named, sizeof(mf_patch.named));
    struct work work = {.patches = patches,
                        .count = patches->count,
                        .page = getauxval(AT_PAGESZ),
                        .shadowed = mf_jump_is_shadowed(),
                        .follows = patches->follows || replaced,
                        .replaced = replaced};
    enum mf_patch_state state = MF_PATCH_DONE;
    for (uint32_t i = 0; i < patches->file_count && i < MF_PATCH_FILES_MAX; i++) {
        work.file = &patches->files[i];
        work.which = i;
        enum mf_patch_state its = apply(&work);
        state = its == MF_PATCH_DONE ? state : its;
    }
    take_originals();
    if (state != MF_PATCH_DONE) {
        tell(state);
    }
    atomic_store(&patches->state, state);
}
