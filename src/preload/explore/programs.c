// SPDX-License-Identifier: MIT
#include "preload/explore/programs.h"

#include "core/policy/glob.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/owner.h"
#include "preload/explore/reach.h"
#include "preload/stack/modules.h"

#include <string.h>

/** Where programs are that nobody builds to test them. */
static const char *const system_folders[] = {
    "/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/snap/", "/nix/store/", "/gnu/store/",
};
/** But not what is built there. */
static const char built[] = "/usr/src/";
/** Where users have interpreters and tools that they have installed for themselves. */
static const char *const tool_folders[] = {
    "/.pyenv/",   "/.rbenv/",     "/.nvm/",       "/.asdf/",        "/.goenv/",
    "/.cargo/",   "/.rustup/",    "/.opam/",      "/.ghcup/",       "/.sdkman/",
    "/.volta/",   "/.local/bin/", "/.local/lib/", "/.local/share/", "/.conda/",
    "/.mise/",    "/miniconda",   "/anaconda",    "/miniforge",     "/micromamba/",
    "/.plenv/",   "/.nodenv/",    "/.jenv/",      "/.linuxbrew/",   "/mambaforge",
    "/perlbrew/",
};

static bool begins(const char *path, const char *with) {
    return strncmp(path, with, strlen(with)) == 0;
}

static bool is_of_system(const char *path) {
    for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++) {
        if (begins(path, system_folders[i]) && !begins(path, built)) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(tool_folders) / sizeof(tool_folders[0]); i++) {
        if (strstr(path, tool_folders[i])) {
            return true;
        }
    }
    return false;
}

/** Whether a program's path matches a pattern of the user's, if there are some. */
static bool is_wanted(const struct mf_suite *suite, const char *path) {
    const char *base = strrchr(path, '/');
    if (suite->glob_count == 0) {
        // A test of the suite may be an exploration.
        return !is_of_system(path) && (!base || strcmp(base, "/mallocfail") != 0);
    }
    for (uint32_t i = 0; i < suite->glob_count && i < MF_SUITE_GLOBS_MAX; i++) {
        const char *glob = suite->globs[i];
        if (mf_glob_match(glob, base && !strchr(glob, '/') ? base + 1 : path)) {
            return true;
        }
    }
    return false;
}

/** Write down a program that is passed over. Two of one name may be there twice. */
static void pass_over(struct mf_suite *suite, const char *path, enum mf_suite_why why) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length =
        strlen(name) < MF_SUITE_NAME_MAX ? strlen(name) : MF_SUITE_NAME_MAX - 1;
    const uint32_t room = MF_SUITE_OTHERS_MAX / 2;
    struct mf_suite_other *others = suite->others[why != MF_SUITE_UNWANTED];
    _Atomic uint32_t *others_used = &suite->others_used[why != MF_SUITE_UNWANTED];
    uint32_t used = atomic_load(others_used);
    for (uint32_t i = 0; i < used && i < room; i++) {
        struct mf_suite_other *other = &others[i];
        if (other->why == why && strncmp(other->name, name, length) == 0 &&
            !other->name[length]) {
            atomic_fetch_add(&other->processes, 1);
            return;
        }
    }
    uint32_t at = atomic_fetch_add(others_used, 1);
    if (at < room) {
        memcpy(others[at].name, name, length);
        others[at].why = why;
        atomic_fetch_add(&others[at].processes, 1);
    }
}

bool mf_suite_wants_program(bool (*is_reached)(void)) {
    struct mf_suite *suite = mf_exploration.suite;
    char path[4096];
    if (mf_exploration.mode != MF_EXPLORE_SUITE) {
        (void)is_reached();
        return true;
    }
    if (!suite) {
        return false;
    }
    mf_sys_image_path(path, sizeof(path));
    bool wanted = is_wanted(suite, path);
    if (wanted && (mf_modules.valgrind || !mf_exploration.suite_stacks)) {
        pass_over(suite, path,
                  mf_modules.valgrind ? MF_SUITE_VALGRIND : MF_SUITE_CRAMPED);
        return false;
    }
    bool reached = wanted && is_reached();
    if (reached) {
        atomic_fetch_add(&suite->processes, 1);
        mf_owner_begin(path);
        mf_reach_begin(suite);
    } else {
        pass_over(suite, path, wanted ? MF_SUITE_INSIDE : MF_SUITE_UNWANTED);
    }
    return reached;
}

void mf_suite_note_outside(const char *path, enum mf_suite_why why) {
    struct mf_suite *suite = mf_exploration.suite;
    char whole[4096];
    size_t length = path[0] == '/' ? 0 : mf_sys_directory(whole, sizeof(whole));
    if (length > 0 && length + 1 + strlen(path) < sizeof(whole)) {
        whole[length] = '/';
        strcpy(whole + length + 1, path);
        path = whole;
    }
    if (why == MF_SUITE_PRIVILEGED || why == MF_SUITE_USER || why == MF_SUITE_APART ||
        is_wanted(suite, path)) {
        pass_over(suite, path, why);
    }
}
