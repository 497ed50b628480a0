// SPDX-License-Identifier: MIT
#include "preload/explore/outside.h"

#include "core/channel/channel.h"
#include "preload/base/env.h"
#include "preload/base/limits.h"
#include "preload/base/memory.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/programs.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/** The longest path that is looked at. */
#define PATH_ROOM 1024
/** How much of a file is read: program headers lie at its beginning. */
#define HEAD_ROOM 2048

/** The library's own. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/** How the loaders of musl are named, and whether the library is for those. */
static const char musl_loader[] = "/ld-musl-";
#ifdef __GLIBC__
static const bool is_for_musl = false;
#else
static const bool is_for_musl = true;
#endif

/** Whether a program's loader is that of another C library; `name` is zero-terminated. */
static bool is_foreign_loader(const char *name) {
    return name[0] && (strstr(name, musl_loader) != NULL) != is_for_musl;
}

/** Why a program cannot have the library by its interpreter, which loads libraries, as far as
 * the head of its file tells. The head is zero-terminated. */
static enum mf_suite_why judge_loader(const unsigned char *head, size_t size) {
    ElfW(Ehdr) file;
    memcpy(&file, head, sizeof(file));
    for (size_t i = 0; i < file.e_phnum; i++) {
        ElfW(Phdr) part;
        size_t at = file.e_phoff + i * sizeof(part);
        if (at > size || sizeof(part) > size - at) {
            return MF_SUITE_UNWANTED;
        }
        memcpy(&part, head + at, sizeof(part));
        if (part.p_type == PT_INTERP) {
            bool foreign = part.p_offset < size &&
                           is_foreign_loader((const char *)head + part.p_offset);
            return foreign ? MF_SUITE_LIBC : MF_SUITE_UNWANTED;
        }
    }
    return MF_SUITE_STATIC;
}

/** Whether a file is executed with other rights than its caller has. */
static bool is_privileged(const struct mf_sys_file *file) {
    return (file->bits & S_ISUID && file->owner != getauxval(AT_UID)) ||
           (file->bits & S_ISGID && file->bits & S_IXGRP &&
            file->group != getauxval(AT_GID));
}

/** Why the library cannot be loaded into an executable file; MF_SUITE_UNWANTED = it can, or
 * nobody knows. */
static enum mf_suite_why judge(int fd, const struct mf_sys_file *file) {
    unsigned char head[HEAD_ROOM];
    long size = mf_sys_read(fd, head, sizeof(head) - 1);
    head[size > 0 ? size : 0] = '\0';
    const ElfW(Ehdr) *own = &__ehdr_start;
    if (size < (long)sizeof(*own) || memcmp(head, ELFMAG, SELFMAG) != 0) {
        return MF_SUITE_UNWANTED;
    }
    ElfW(Ehdr) other;
    memcpy(&other, head, sizeof(other));
    if (head[EI_CLASS] != own->e_ident[EI_CLASS] || other.e_machine != own->e_machine) {
        return MF_SUITE_FOREIGN;
    }
    if (is_privileged(file)) {
        return MF_SUITE_PRIVILEGED;
    }
    return judge_loader(head, (size_t)size);
}

/** What an error in opening the channel means. */
static enum mf_suite_why judge_error(int error) {
    const struct mf_suite *suite = mf_exploration.suite;
    struct mf_sys_file space;
    if (error == -EMFILE) {
        // The loader will need a number, too.
        return MF_SUITE_UNWANTED;
    }
    if (error != -EACCES && error != -EPERM) {
        return MF_SUITE_APART;
    }
    if (mf_sys_look_at("/proc/self/ns/user", &space) == 0 &&
        space.inode != suite->user_space) {
        return MF_SUITE_NAMESPACE;
    }
    return mf_sys_user() != suite->user ? MF_SUITE_USER : MF_SUITE_RIGHTS;
}

/** Why what this process executes may not open the channel: this has become another user than
 * the runner, or has gone where that is not seen. MF_SUITE_UNWANTED = it may. */
static enum mf_suite_why judge_access(void) {
    const char *name = mf_env_find(MF_CHANNEL_VARIABLE);
    struct mf_memory memory;
    int32_t runner;
    // A segment would be mapped.
    if (!name || strlen(name) < 11 || name[10] != '+') {
        return MF_SUITE_UNWANTED;
    }
    if (mf_memory_open(&memory, name, &runner)) {
        return judge_error(memory.fd);
    }
    // Capabilities that still open it may go with the image.
    struct mf_sys_file file;
    uint32_t user = mf_sys_user();
    bool foreign = user != 0 && mf_sys_look(memory.fd, &file) == 0 && file.owner != user;
    mf_memory_close(&memory);
    return foreign ? MF_SUITE_USER : MF_SUITE_UNWANTED;
}

/** Whether the limits of this process, which what it executes inherits, leave that program less
 * than the library would take of them. */
static bool is_cramped(void) {
    const char *start = (const char *)&__ehdr_start;
    uint64_t space = MF_CHANNEL_SLOTS, data = 0;
    for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
        ElfW(Phdr) part;
        memcpy(&part, start + __ehdr_start.e_phoff + i * sizeof(part), sizeof(part));
        space += part.p_type == PT_LOAD ? part.p_memsz : 0;
        data += part.p_type == PT_LOAD && part.p_flags & PF_W ? part.p_memsz : 0;
    }
    return mf_limits_of(RLIMIT_AS) / 2 < space || mf_limits_of(RLIMIT_DATA) / 2 < data;
}

/** Whether a file is named as dynamic loaders are, which need no other one. */
static bool is_loader(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return (strncmp(name, "ld-", 3) == 0 || strncmp(name, "ld.so", 5) == 0) &&
           strstr(name, ".so");
}

/** Look at a path; whether it can be executed, and `alien` where its loader cannot load the
 * library, or has no room for it. */
static bool look_at(const char *path, bool *alien) {
    struct mf_sys_file file;
    int fd = mf_sys_open(path, false);
    bool runs = fd >= 0 && mf_sys_look(fd, &file) == 0 && file.kind == S_IFREG &&
                file.bits & (S_IXUSR | S_IXGRP | S_IXOTH);
    enum mf_suite_why why = runs ? judge(fd, &file) : MF_SUITE_UNWANTED;
    if (why == MF_SUITE_STATIC && is_loader(path)) {
        why = MF_SUITE_UNWANTED;
    }
    if (runs && why == MF_SUITE_UNWANTED && mf_exploration.suite && is_cramped()) {
        why = MF_SUITE_CRAMPED;
    }
    *alien = why == MF_SUITE_FOREIGN || why == MF_SUITE_LIBC || why == MF_SUITE_CRAMPED;
    if (runs && why == MF_SUITE_UNWANTED && mf_exploration.suite) {
        why = judge_access();
    }
    if (why != MF_SUITE_UNWANTED && mf_exploration.suite) {
        mf_suite_note_outside(path, why);
    }
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    return runs;
}

static const char *find_path(void) {
    for (char **entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, "PATH=", 5) == 0) {
            return *entry + 5;
        }
    }
    return "/bin:/usr/bin";
}

bool mf_outside_note(const char *file, bool along_path) {
    char path[PATH_ROOM];
    bool alien = false;
    if (mf_exploration.child || !file) {
        return false;
    }
    if (!along_path || strchr(file, '/')) {
        look_at(file, &alien);
        return alien;
    }
    size_t length = strlen(file);
    const char *folder = find_path();
    for (bool more = true; more;) {
        const char *end = strchr(folder, ':');
        size_t size = end ? (size_t)(end - folder) : strlen(folder);
        if (size + length + 2 <= sizeof(path)) {
            memcpy(path, folder, size);
            path[size] = '/';
            memcpy(path + size + (size > 0), file, length + 1);
            if (look_at(path, &alien)) {
                return alien;
            }
        }
        more = end;
        folder = end ? end + 1 : folder;
    }
    return false;
}
