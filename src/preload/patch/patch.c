// SPDX-License-Identifier: MIT
#include "preload/patch/patch.h"

#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/patch/program.h"
#include "preload/patch/writing.h"

#include <link.h>
#include <string.h>
#include <sys/auxv.h>

static struct {
    /** What is to be written; NULL = nothing. */
    struct mf_patches *plan;
    void *originals[MF_ENTRY_COUNT];
    /** Of functions by name: a copy of what is said of them, and which one each is. */
    struct mf_named named[MF_NAMED_MAX];
    uint32_t which[MF_PATCH_NAMED_MAX];
} mf_patch;

void *mf_patch_original(enum mf_entry entry) {
    return mf_patch.originals[entry];
}

unsigned mf_patch_named(enum mf_entry entry) {
    return mf_patch.which[entry - MF_ENTRY_NAMED];
}

const struct mf_named *mf_patch_named_at(unsigned which) {
    return &mf_patch.named[which];
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
static bool find_bias(struct mf_writing *writing) {
    struct library library = {writing->file, 0};
    if (writing->which == 0) {
        return find_program(&writing->bias);
    }
    bool found = dl_iterate_phdr(on_library, &library) != 0;
    writing->bias = library.bias;
    return found;
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

/** Take note of where a function goes on as it was. */
static void note(const struct mf_patch *patch, uint32_t index, void *original) {
    (void)index;
    if (patch->entry >= MF_ENTRY_NAMED) {
        mf_patch.which[patch->entry - MF_ENTRY_NAMED] = patch->named;
    }
    mf_patch.originals[patch->entry] = original;
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
    if (mf.head) {
        memcpy(mf_patch.named, mf.head->patches.named, sizeof(mf_patch.named));
    }
    if (!patches) {
        return;
    }
    enum mf_patch_state state = MF_PATCH_DONE;
    for (uint32_t i = 0; i < patches->file_count && i < MF_PATCH_FILES_MAX; i++) {
        struct mf_writing writing = {.patches = patches,
                                     .file = &patches->files[i],
                                     .which = i,
                                     .follows = patches->follows || replaced,
                                     .replaced = replaced,
                                     .note = note};
        enum mf_patch_state its =
            find_bias(&writing) ? mf_writing_run(&writing) : MF_PATCH_CHANGED;
        state = its == MF_PATCH_DONE ? state : its;
    }
    take_originals();
    if (state != MF_PATCH_DONE) {
        tell(state);
    }
    atomic_store(&patches->state, state);
}
