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

static bool is_of(const struct mf_patch_file *file, const struct mf_sys_file *program) {
    return file->device == program->device && file->inode == program->inode;
}

bool mf_program_has(const struct mf_patches *patches) {
    struct mf_sys_file program;
    return patches->count > 0 && patches->count <= MF_ENTRY_COUNT && look(&program) &&
           is_of(&patches->files[0], &program);
}

/** Put "/proc/PID/exe" together. */
static char *name_image(char path[32], int pid) {
    char digits[MF_DIGITS];
    strcpy(path, "/proc/");
    strcat(path, mf_decimal(digits, (uint64_t)pid));
    return strcat(path, "/exe");
}

/** Have the runner's program work patches out; whether it did. */
static bool ask(struct mf_patches *patches, int32_t runner) {
    char program[32], image[32], word[] = MF_PATCH_WORD;
    char *const argv[] = {program, word, image, NULL};
    name_image(program, runner);
    name_image(image, mf_sys_pid());
    return mf_helper_ask(program, argv, patches, sizeof(*patches)) == sizeof(*patches);
}

/** Memory of the process's own, for want of a place in the channel. */
static struct mf_patches *take_memory(void) {
    void *memory = mf_sys_mmap(NULL, sizeof(struct mf_patches), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/** Work out the patches of a program that has no place yet. */
static struct mf_patches *find_new(struct mf_patch_program *place, int32_t runner) {
    struct mf_patches *patches = place ? &place->patches : take_memory();
    bool there = patches && ask(patches, runner);
    if (place) {
        // Whoever comes to it next need not ask again.
        atomic_store(&place->state, there ? MF_PATCH_KNOWN : MF_PATCH_UNKNOWN);
    }
    return there ? patches : NULL;
}

struct mf_patches *mf_program_find(int32_t runner) {
    struct mf_sys_file program;
    if (!look(&program)) {
        return NULL;
    }
    for (int i = 0; i < MF_PATCH_PROGRAMS_MAX; i++) {
        struct mf_patch_program *place = &mf.head->programs[i];
        uint32_t state = MF_PATCH_FREE;
        if (atomic_compare_exchange_strong(&place->state, &state, MF_PATCH_TAKEN)) {
            return find_new(place, runner);
        }
        if (state == MF_PATCH_KNOWN && is_of(&place->patches.files[0], &program)) {
            return &place->patches;
        }
    }
    return find_new(NULL, runner);
}
