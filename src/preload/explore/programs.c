// SPDX-License-Identifier: MIT
#include "preload/explore/programs.h"

#include "core/policy/glob.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/owner.h"
#include "preload/explore/reach.h"
#include "preload/stack/modules.h"

#include <string.h>
#include <sys/auxv.h>

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

/** The part of a path behind its last slash. */
static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/** Whether a path matches a pattern of the user's. */
static bool is_named(const struct mf_suite *suite, const char *path) {
    for (uint32_t i = 0; i < suite->glob_count && i < MF_SUITE_GLOBS_MAX; i++) {
        const char *glob = suite->globs[i];
        if (mf_glob_match(glob, strchr(glob, '/') ? path : base_of(path))) {
            return true;
        }
    }
    return false;
}

/** Whether a program's path matches a pattern of the user's, if there are some. */
static bool is_wanted(const struct mf_suite *suite, const char *path) {
    return suite->glob_count > 0
               ? is_named(suite, path)
               // A test of the suite may be an exploration.
               : !is_of_system(path) && strcmp(base_of(path), "mallocfail") != 0;
}

/** Write the path from any directory of what was executed; whether there is room. */
static bool make_whole(char *whole, size_t size, const char *path) {
    size_t length = path[0] == '/' ? 0 : mf_sys_directory(whole, size);
    path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    if (length + 1 + strlen(path) >= size) {
        return false;
    }
    whole[length] = '/';
    strcpy(whole + length + (path[0] != '/'), path);
    return true;
}

/** Whether this process matches a pattern as it was started: by a link to its file, or under
 * another name. A script is not the program that was started for it. */
static bool is_started_as(const struct mf_suite *suite) {
    const char *executed = (const char *)getauxval(AT_EXECFN);
    char name[4096], whole[4096];
    int fd = suite->glob_count > 0 ? mf_sys_open("/proc/self/cmdline", false) : -1;
    long got = fd >= 0 ? mf_sys_read(fd, name, sizeof(name) - 1) : 0;
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    name[got > 0 ? got : 0] = '\0';
    const char *base = base_of(name);
    bool direct = executed && strcmp(base_of(executed), base) == 0;
    return base[0] && (is_named(suite, base) ||
                       (direct && make_whole(whole, sizeof(whole), executed) &&
                        is_named(suite, whole)));
}

/** Write down a program that is passed over. Two of one name may be there twice. */
static void pass_over(struct mf_suite *suite, const char *path, enum mf_suite_why why) {
    const char *name = base_of(path);
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
    bool wanted = is_wanted(suite, path) || is_started_as(suite);
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
    if (make_whole(whole, sizeof(whole), path)) {
        path = whole;
    }
    // What these execute is not tested either.
    if (why == MF_SUITE_PRIVILEGED || why == MF_SUITE_USER || why == MF_SUITE_APART ||
        why >= MF_SUITE_CRAMPED || is_wanted(suite, path)) {
        pass_over(suite, path, why);
    }
}
