// SPDX-License-Identifier: MIT
#include "runner/run/later.h"

#include "runner/code/elffile.h"
#include "runner/patch/nearname.h"
#include "runner/patch/wantedname.h"
#include "runner/target/libraries.h"
#include "runner/util/path.h"
#include "runner/util/status.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** The C library has dlopen() itself, and loads what is its own business. */
static bool is_of_c_library(const char *path) {
    static const char *const names[] = {"libc.", "libdl.", "ld-", "libc-"};
    const char *name = path_base(path);
    bool is = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        is |= strncmp(name, names[i], strlen(names[i])) == 0;
    }
    return is;
}

static void look_for_dlopen(void *context, const char *path) {
    bool *loads = context;
    struct elffile *file = *loads || is_of_c_library(path) ? NULL : elffile_open(path);
    if (file) {
        *loads = elffile_wants(file, "dlopen") || elffile_wants(file, "dlmopen");
        elffile_close(file);
    }
}

bool later_may_load(const char *program) {
    bool loads = false;
    look_for_dlopen(&loads, program);
    if (!loads) {
        libraries_list(program, look_for_dlopen, &loads);
    }
    return loads;
}

/** What a library has of a malloc. */
struct own_malloc {
    bool exports, hides;
};

static bool note_malloc(void *context, const struct elffile_symbol *symbol) {
    struct own_malloc *own = context;
    bool is = symbol->function && strcmp(symbol->name, "malloc") == 0;
    own->exports |= is && symbol->exported;
    own->hides |= is && !symbol->exported;
    return true;
}

/** Whether a library keeps a malloc to itself. Nothing tells that of one that is stripped. */
static bool hides_malloc(const char *path) {
    struct own_malloc own = {false, false};
    bool whole = false;
    struct elffile *file = elffile_open(path);
    if (file && elffile_has_section(file, ".symtab")) {
        whole = elffile_symbols(file, note_malloc, &own);
    }
    elffile_close(file);
    return whole && own.hides && !own.exports;
}

/** Add patches; -1 when memory ran out. */
static int add(struct later *later, const struct mf_patches *patches) {
    struct mf_patch_program *list =
        realloc(later->list, (later->count + 1) * sizeof(list[0]));
    if (!list) {
        return -1;
    }
    later->list = list;
    list[later->count++] =
        (struct mf_patch_program){.state = MF_PATCH_KNOWN, .patches = *patches};
    return 0;
}

/** A search among the libraries. */
struct started {
    struct later *later;
    int bad;
};

static void look_at_started(void *context, const char *path) {
    struct started *started = context;
    struct patches *patches =
        hides_malloc(path) && started->later->count < MF_PATCH_PROGRAMS_MAX
            ? calloc(1, sizeof(*patches))
            : NULL;
    if (patches && patches_find_module(patches, path) == 0 && patches->plan.count > 0) {
        started->bad |= add(started->later, &patches->plan);
    }
    free(patches);
}

int later_find_started(struct later *later, const char *program) {
    struct started started = {.later = later};
    libraries_list(program, look_at_started, &started);
    return started.bad;
}

void later_expect(struct patches *patches) {
    for (unsigned i = 0; i < patches->plan.named_count; i++) {
        struct wantedname name;
        wantedname_begin(&name, patches->plan.named[i].name);
        if (!patches->named_found[i] && !wantedname_address(&name)) {
            patches->plan.named_later |= UINT32_C(1) << i;
        }
    }
}

/** Whether what the target has written into a place makes sense. */
static bool is_sound(const struct mf_patch_program *place) {
    const struct mf_patches *patches = &place->patches;
    return atomic_load(&place->state) == MF_PATCH_KNOWN &&
           patches->count <= MF_ENTRY_COUNT && patches->file_count <= MF_PATCH_FILES_MAX;
}

int later_gather(struct later *later, const struct mf_head *head) {
    for (size_t i = 0; i < MF_PATCH_PROGRAMS_MAX; i++) {
        const struct mf_patch_program *place = &head->programs[i];
        if (!is_sound(place)) {
            continue;
        }
        if (add(later, &place->patches) != 0) {
            return -1;
        }
    }
    return 0;
}

void later_hand_on(const struct later *later, struct mf_head *head) {
    if (later && later->count > 0) {
        memcpy(head->programs, later->list, later->count * sizeof(later->list[0]));
    }
}

bool later_has_malloc(const struct later *later, const char *path) {
    struct stat status;
    bool has = false;
    for (size_t i = 0; i < later->count && stat(path, &status) == 0; i++) {
        const struct mf_patches *patches = &later->list[i].patches;
        bool is = patches->module && patches->files[0].device == status.st_dev &&
                  patches->files[0].inode == status.st_ino;
        for (uint32_t k = 0; k < patches->count && is; k++) {
            has |= patches->list[k].entry == MF_MALLOC;
        }
    }
    return has;
}

/** Whether a function by name is in one of the libraries, and why it cannot be patched there;
 * NULL = it is. */
static bool has_named(const struct later *later, unsigned which, const char **reason) {
    bool found = false;
    *reason = NULL;
    for (size_t i = 0; i < later->count; i++) {
        const struct mf_patches *patches = &later->list[i].patches;
        found |= patches->module && (patches->named_later >> which & 1);
        if (patches->module && patches->fault.reason[0] &&
            patches->fault.named == which) {
            *reason = patches->fault.reason;
        }
    }
    return found;
}

int later_check(const struct later *later, const struct patches *patches,
                const char *program, bool disturbed, const struct diag *diag) {
    int status = 0;
    for (unsigned i = 0; i < patches->plan.named_count; i++) {
        const char *name = patches->plan.named[i].name, *reason = NULL;
        bool expected = patches->plan.named_later >> i & 1;
        bool found = expected && has_named(later, i, &reason);
        if (expected && !found && disturbed) {
            diag_warn(diag,
                      "no library that the program has loaded has a symbol for the "
                      "function '%s'",
                      name);
        } else if (expected && !found) {
            struct nearname near;
            nearname_find(&near, name, program);
            diag_error(
                diag,
                "neither '%s' nor a library that it is started with or has loaded has "
                "a symbol for the function '%s'%s%s%s",
                program, name, near.text[0] ? ": did you mean '" : "", near.text,
                near.text[0] ? "'?" : "");
            status = STATUS_FAILED;
        } else if (reason) {
            diag_error(diag,
                       "'%s' cannot be made to fail in a library that '%s' loads: %.*s",
                       name, program, MF_PATCH_REASON_MAX - 1, reason);
            status = STATUS_FAILED;
        }
    }
    return status;
}

void later_release(struct later *later) {
    free(later->list);
    *later = (struct later){0};
}
