// SPDX-License-Identifier: MIT
#include "runner/target/image.h"

#include "runner/code/elffile.h"
#include "runner/target/clibrary.h"
#include "runner/target/library.h"
#include "runner/util/status.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/** What a fact means to the user. The first that refuses is the one that is told. */
struct verdict {
    unsigned fact;
    /** 0 where the program can be tried all the same. */
    int status;
    const char *text;
};

static const struct verdict verdicts[] = {
    {IMAGE_UNKNOWN, STATUS_CANNOT_RUN,
     "is neither an ELF program nor a script with a '#!' line: if it is a script, run "
     "its "
     "interpreter, as in 'mallocfail ... -- sh FILE'"},
    {IMAGE_FOREIGN, STATUS_FAILED,
     "is for another machine or word size than libmallocfail.so, which therefore cannot "
     "be "
     "loaded into it: build the program, or mallocfail, for the same one"},
    {IMAGE_STATIC, STATUS_FAILED, "is linked statically: nothing can be loaded into it"},
    {IMAGE_MUSL, STATUS_FAILED,
     "is a program of musl, and libmallocfail.so is built for another C library: build "
     "one for musl (--disable-runner), and name it in " LIBRARY_VARIABLE},
    {IMAGE_GLIBC, STATUS_FAILED,
     "is a program of glibc, and libmallocfail.so is built for another C library: name "
     "one that is built for glibc in " LIBRARY_VARIABLE},
    {IMAGE_SET_ID, STATUS_FAILED,
     "is set-user-ID or set-group-ID, so the loader ignores LD_PRELOAD: test a copy "
     "without "
     "these bits (cp makes one), or run as the user and group that own it"},
    {IMAGE_CAPABLE, STATUS_FAILED,
     "has file capabilities, so the loader ignores LD_PRELOAD: test a copy without them "
     "(cp "
     "makes one), or run as root"},
    {IMAGE_UNREADABLE, 0,
     "cannot be read, so only a run shows whether injection can reach it"},
};

/** Whether the kernel would run a program with other rights than ours. */
static unsigned rights(const char *path) {
    struct stat status;
    struct statvfs volume;
    if (stat(path, &status) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
        (statvfs(path, &volume) == 0 && (volume.f_flag & ST_NOSUID))) {
        return 0;
    }
    unsigned facts = 0;
    if ((status.st_mode & S_ISUID) && status.st_uid != getuid()) {
        facts |= IMAGE_SET_ID;
    }
    if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) &&
        status.st_gid != getgid()) {
        facts |= IMAGE_SET_ID;
    }
    if (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0) {
        facts |= IMAGE_CAPABLE;
    }
    return facts;
}

/** Whether a symbol shows that the program brings its own allocator. */
static bool visit_symbol(void *context, const struct elffile_symbol *symbol) {
    static const struct {
        const char *name;
        unsigned fact;
    } telling[] = {
        {"malloc", IMAGE_OWN_MALLOC},
        {"__asan_init", IMAGE_SANITIZED | IMAGE_ADDRESS},
        {"__tsan_init", IMAGE_SANITIZED | IMAGE_THREAD},
        {"__msan_init", IMAGE_SANITIZED | IMAGE_MEMORY},
        {"__lsan_init", IMAGE_SANITIZED},
        {"__hwasan_init", IMAGE_SANITIZED | IMAGE_ADDRESS},
    };
    unsigned *facts = context;
    for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++) {
        if (symbol->global && symbol->function &&
            strcmp(symbol->name, telling[i].name) == 0) {
            *facts |= telling[i].fact;
        }
    }
    return !(*facts & IMAGE_SANITIZED);
}

/** What the file of the right machine says. */
static unsigned contents(const struct elffile *file) {
    static const struct {
        const char *name;
        unsigned facts;
    } sanitizers[] = {
        {"libtsan.so", IMAGE_LIBSAN | IMAGE_THREAD},
        {"libclang_rt.tsan", IMAGE_LIBSAN | IMAGE_THREAD},
        {"liblsan.so", IMAGE_LIBSAN},
        {"libhwasan.so", IMAGE_LIBSAN | IMAGE_ADDRESS},
        {"libclang_rt.hwasan", IMAGE_LIBSAN | IMAGE_ADDRESS},
        {"libclang_rt.", IMAGE_LIBSAN},
    };
    bool closed = !elffile_has_interpreter(file) && !elffile_is_loader(file);
    unsigned facts = closed ? IMAGE_STATIC : 0;
    if (elffile_needs(file, "libasan.so") || elffile_needs(file, "libclang_rt.asan")) {
        return facts | IMAGE_LIBASAN | IMAGE_ADDRESS;
    }
    for (size_t i = 0; i < sizeof(sanitizers) / sizeof(sanitizers[0]); i++) {
        if (elffile_needs(file, sanitizers[i].name)) {
            facts |= sanitizers[i].facts;
        }
    }
    elffile_symbols(file, visit_symbol, &facts);
    return facts;
}

/** What stands between a program and a library of another C library. */
static unsigned mismatch(const struct elffile *file, const struct elffile *library) {
    enum clibrary programs = clibrary_of(file);
    enum clibrary ours = clibrary_of(library);
    return programs == ours || !clibrary_name(programs) || !clibrary_name(ours) ? 0
           : programs == CLIBRARY_MUSL ? IMAGE_MUSL
                                       : IMAGE_GLIBC;
}

/** What there is to say of a file that libelf did not open. */
static int inspect_failure(unsigned *facts) {
    if (errno == ENOMEM) {
        return -1;
    }
    *facts |= errno == ENOEXEC ? IMAGE_UNKNOWN : IMAGE_UNREADABLE;
    return 0;
}

int image_inspect(const char *path, const char *library, unsigned *facts) {
    *facts = rights(path);
    struct elffile *file = elffile_open(path);
    if (!file) {
        return inspect_failure(facts);
    }
    struct elffile *inside = elffile_open(library);
    if (inside) {
        *facts |= elffile_is_alike(file, inside) ? contents(file) | mismatch(file, inside)
                                                 : IMAGE_FOREIGN;
    }
    elffile_close(inside);
    elffile_close(file);
    return inside ? 0 : -1;
}

int image_judge(const char *path, unsigned facts, const struct diag *diag) {
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        const struct verdict *verdict = &verdicts[i];
        if (!(facts & verdict->fact)) {
            continue;
        }
        if (verdict->status != 0) {
            diag_error(diag, "'%s' %s", path, verdict->text);
            return verdict->status;
        }
        diag_warn(diag, "'%s' %s", path, verdict->text);
    }
    return 0;
}
