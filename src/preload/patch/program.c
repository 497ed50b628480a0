// SPDX-License-Identifier: MIT
#include "preload/patch/program.h"

#include "preload/base/helper.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"

#include <string.h>
#include <sys/mman.h>

/** Look at the program's file. */
static bool look(struct mf_sys_file *program) {
    return mf_sys_look_at("/proc/self/exe", program) == 0;
}

static bool is_of(const struct mf_patches *patches, const struct mf_sys_file *file,
                  bool module) {
    return patches->files[0].device == file->device &&
           patches->files[0].inode == file->inode && !patches->module == !module;
}

bool mf_program_has(const struct mf_patches *patches) {
    struct mf_sys_file program;
    return patches->count > 0 && patches->count <= MF_ENTRY_COUNT && look(&program) &&
           is_of(patches, &program, false);
}

/** What the runner's program is asked. */
struct question {
    int32_t runner;
    /** Of a library: a descriptor of it, and what is looked for in it; NULL = the calling
     * process's program is meant. */
    int file;
    const struct mf_patches *wanted;
};

/** Put "/proc/PID/exe" together, or "/proc/PID/fd/N". */
static char *name_file(char path[64], int pid, const char *rest, int fd) {
    char digits[MF_DIGITS];
    strcpy(path, "/proc/");
    strcat(path, mf_decimal(digits, (uint64_t)pid));
    strcat(path, rest);
    return fd < 0 ? path : strcat(path, mf_decimal(digits, (uint64_t)fd));
}

/** Have the runner's program work patches out; whether it did. */
static bool ask(struct mf_patches *patches, const struct question *question) {
    char program[64], file[64], none[] = "";
    char of_program[] = MF_PATCH_WORD, of_module[] = MF_PATCH_MODULE_WORD;
    // argv is not written to, but its type is as old as C.
    char *argv[3 + MF_NAMED_MAX + 1] = {program, of_program, file};
    name_file(program, question->runner, "/exe", -1);
    if (question->wanted) {
        const struct mf_patches *wanted = question->wanted;
        argv[1] = of_module;
        name_file(file, mf_sys_pid(), "/fd/", question->file);
        for (uint32_t i = 0; i < wanted->named_count && i < MF_NAMED_MAX; i++) {
            bool later = wanted->named_later >> i & 1;
            argv[3 + i] = later ? (char *)(uintptr_t)wanted->named[i].text : none;
        }
    } else {
        name_file(file, mf_sys_pid(), "/exe", -1);
    }
    return mf_helper_ask(program, argv, patches, sizeof(*patches)) == sizeof(*patches);
}

/** Memory of the process's own, for want of a place in the channel. */
static struct mf_patches *take_memory(void) {
    void *memory = mf_sys_mmap(NULL, sizeof(struct mf_patches), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/** Work out patches that have no place yet. */
static struct mf_patches *find_new(struct mf_patch_program *place,
                                   const struct question *question) {
    struct mf_patches *patches = place ? &place->patches : take_memory();
    bool there = patches && ask(patches, question);
    if (place) {
        // Whoever comes to it next need not ask again.
        atomic_store(&place->state, there ? MF_PATCH_KNOWN : MF_PATCH_UNKNOWN);
    }
    return there ? patches : NULL;
}

/** Find the patches of a file, or have them worked out. */
static struct mf_patches *find(const struct mf_sys_file *file,
                               const struct question *question) {
    for (int i = 0; i < MF_PATCH_PROGRAMS_MAX; i++) {
        struct mf_patch_program *place = &mf.head->programs[i];
        uint32_t state = MF_PATCH_FREE;
        if (atomic_compare_exchange_strong(&place->state, &state, MF_PATCH_TAKEN)) {
            return find_new(place, question);
        }
        if (state == MF_PATCH_KNOWN && is_of(&place->patches, file, question->wanted)) {
            return &place->patches;
        }
    }
    return find_new(NULL, question);
}

struct mf_patches *mf_program_find(int32_t runner) {
    struct mf_sys_file program;
    const struct question question = {.runner = runner, .file = -1};
    return look(&program) ? find(&program, &question) : NULL;
}

/** Whether a library's patches make sense. */
static bool is_sound(const struct mf_patches *patches, const struct mf_sys_file *module) {
    return patches->count <= MF_ENTRY_COUNT && patches->file_count == 1 &&
           is_of(patches, module, true);
}

const struct mf_patches *mf_program_known_module(const char *path) {
    struct mf_sys_file module;
    bool looked = false;
    for (int i = 0; i < MF_PATCH_PROGRAMS_MAX; i++) {
        const struct mf_patch_program *place = &mf.head->programs[i];
        if (atomic_load(&place->state) != MF_PATCH_KNOWN) {
            return NULL;
        }
        if (!looked && mf_sys_look_at(path, &module) != 0) {
            return NULL;
        }
        looked = true;
        if (is_sound(&place->patches, &module)) {
            return &place->patches;
        }
    }
    return NULL;
}

const struct mf_patches *mf_program_find_module(int32_t runner, int file,
                                                const struct mf_patches *wanted) {
    struct mf_sys_file module;
    const struct question question = {.runner = runner, .file = file, .wanted = wanted};
    const struct mf_patches *patches =
        mf_sys_look(file, &module) == 0 ? find(&module, &question) : NULL;
    return patches && is_sound(patches, &module) ? patches : NULL;
}
