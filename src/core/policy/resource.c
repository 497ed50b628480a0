// SPDX-License-Identifier: MIT
#include "core/policy/resource.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const groups[MF_GROUP_COUNT] = {
    [MF_GROUP_NONE] = "",
    [MF_GROUP_FILES] = "files",
    [MF_GROUP_SOCKETS] = "sockets",
    [MF_GROUP_THREADS] = "threads",
    [MF_GROUP_PROCESSES] = "processes",
    [MF_GROUP_MAPPINGS] = "mappings",
};

/** One row: the group, what it returns, its name, and its errors. */
#define ROW(in, returns, called, ...)                                                    \
    {                                                                                    \
        .name = (called), .group = MF_GROUP_##in, .result = MF_RETURNS_##returns,        \
        .errors = {                                                                      \
            __VA_ARGS__                                                                  \
        }                                                                                \
    }
/** The same of one that is interposed in any case. */
#define OURS(number, called, ...)                                                        \
    {                                                                                    \
        .name = (called), .group = MF_GROUP_MAPPINGS, .result = MF_RETURNS_MINUS_ONE,    \
        .errors = {__VA_ARGS__}, .interposed = (number)                                  \
    }
/** The same of one whose call is made even where it fails. */
#define RELEASES(returns, called, ...)                                                   \
    {                                                                                    \
        .name = (called), .group = MF_GROUP_NONE, .result = MF_RETURNS_##returns,        \
        .errors = {__VA_ARGS__}, .releases = true                                        \
    }

static const struct mf_resource table[] = {
    ROW(FILES, MINUS_ONE, "open", EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EACCES, EINTR),
    ROW(FILES, MINUS_ONE, "openat", EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EACCES,
        EINTR),
    ROW(FILES, MINUS_ONE, "creat", EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EACCES, EINTR),
    ROW(FILES, NULL, "fopen", EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EACCES, EINTR),
    ROW(FILES, NULL, "freopen", EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EACCES, EINTR),
    ROW(FILES, NULL, "fdopen", ENOMEM, EMFILE),
    ROW(FILES, NULL, "opendir", EMFILE, ENFILE, ENOMEM, EACCES),
    ROW(FILES, NULL, "fdopendir", ENOMEM),
    ROW(FILES, NULL, "tmpfile", EMFILE, ENFILE, ENOSPC, EROFS, EACCES),
    ROW(FILES, MINUS_ONE, "mkstemp", EMFILE, ENFILE, ENOSPC, EDQUOT, EROFS, EEXIST),
    ROW(FILES, MINUS_ONE, "mkostemp", EMFILE, ENFILE, ENOSPC, EDQUOT, EROFS, EEXIST),
    ROW(FILES, MINUS_ONE, "mkstemps", EMFILE, ENFILE, ENOSPC, EDQUOT, EROFS, EEXIST),
    ROW(FILES, MINUS_ONE, "mkostemps", EMFILE, ENFILE, ENOSPC, EDQUOT, EROFS, EEXIST),
    ROW(FILES, NULL, "mkdtemp", ENOSPC, EDQUOT, EROFS, EMLINK, EACCES),
    ROW(FILES, MINUS_ONE, "shm_open", EMFILE, ENFILE, EACCES),
    ROW(FILES, MINUS_ONE, "pipe", EMFILE, ENFILE),
    ROW(FILES, MINUS_ONE, "pipe2", EMFILE, ENFILE),
    ROW(FILES, MINUS_ONE, "dup", EMFILE, ENOMEM),
    ROW(FILES, MINUS_ONE, "dup2", EMFILE, EBUSY, EINTR),
    ROW(FILES, MINUS_ONE, "dup3", EMFILE, EBUSY, EINTR),
    {.name = "fcntl",
     .group = MF_GROUP_FILES,
     .result = MF_RETURNS_MINUS_ONE,
     .errors = {EMFILE},
     .commands = 2,
     .command = {F_DUPFD, F_DUPFD_CLOEXEC}},
    ROW(FILES, MINUS_ONE, "epoll_create", EMFILE, ENFILE, ENOMEM),
    ROW(FILES, MINUS_ONE, "epoll_create1", EMFILE, ENFILE, ENOMEM),
    ROW(FILES, MINUS_ONE, "eventfd", EMFILE, ENFILE, ENOMEM, ENODEV),
    ROW(FILES, MINUS_ONE, "timerfd_create", EMFILE, ENFILE, ENOMEM, ENODEV),
    ROW(FILES, MINUS_ONE, "signalfd", EMFILE, ENFILE, ENOMEM, ENODEV),
    ROW(FILES, MINUS_ONE, "inotify_init", EMFILE, ENFILE, ENOMEM),
    ROW(FILES, MINUS_ONE, "inotify_init1", EMFILE, ENFILE, ENOMEM),
    ROW(FILES, MINUS_ONE, "memfd_create", EMFILE, ENFILE, ENOMEM),

    ROW(SOCKETS, MINUS_ONE, "socket", EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES,
        EAFNOSUPPORT),
    ROW(SOCKETS, MINUS_ONE, "socketpair", EMFILE, ENFILE, EAFNOSUPPORT),
    ROW(SOCKETS, MINUS_ONE, "accept", EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED,
        EINTR, EPERM),
    ROW(SOCKETS, MINUS_ONE, "accept4", EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED,
        EINTR, EPERM),
    ROW(SOCKETS, MINUS_ONE, "connect", EADDRNOTAVAIL, EAGAIN, ECONNREFUSED, ENETUNREACH,
        ETIMEDOUT, EINTR),
    ROW(SOCKETS, MINUS_ONE, "bind", EADDRINUSE, EADDRNOTAVAIL, EACCES),
    ROW(SOCKETS, MINUS_ONE, "listen", EADDRINUSE),

    ROW(THREADS, ERROR, "pthread_create", EAGAIN, EPERM),
    ROW(THREADS, ERROR, "pthread_attr_init", ENOMEM),
    ROW(THREADS, ERROR, "pthread_mutex_init", EAGAIN, ENOMEM, EPERM),
    ROW(THREADS, ERROR, "pthread_cond_init", EAGAIN, ENOMEM),
    ROW(THREADS, ERROR, "pthread_rwlock_init", EAGAIN, ENOMEM, EPERM),
    ROW(THREADS, ERROR, "pthread_barrier_init", EAGAIN, ENOMEM),
    ROW(THREADS, ERROR, "pthread_spin_init", EAGAIN, ENOMEM),
    ROW(THREADS, ERROR, "pthread_key_create", EAGAIN, ENOMEM),
    ROW(THREADS, MINUS_ONE, "sem_init", ENOSPC, EPERM),
    ROW(THREADS, NULL, "sem_open", EMFILE, ENFILE, ENOMEM, EACCES),

    ROW(PROCESSES, MINUS_ONE, "fork", EAGAIN, ENOMEM),
    ROW(PROCESSES, MINUS_ONE, "vfork", EAGAIN, ENOMEM),
    ROW(PROCESSES, ERROR, "posix_spawn", EAGAIN, ENOMEM),
    ROW(PROCESSES, ERROR, "posix_spawnp", EAGAIN, ENOMEM),
    ROW(PROCESSES, MINUS_ONE, "system", EAGAIN, ENOMEM),
    ROW(PROCESSES, NULL, "popen", EAGAIN, ENOMEM, EMFILE, ENFILE),

    OURS(MF_MMAP, "mmap", ENOMEM, EAGAIN),
    OURS(MF_MREMAP, "mremap", ENOMEM, EAGAIN),
    OURS(MF_BRK, "brk", ENOMEM),
    OURS(MF_SBRK, "sbrk", ENOMEM),
    ROW(MAPPINGS, MINUS_ONE, "mprotect", ENOMEM, EACCES),
    ROW(MAPPINGS, MINUS_ONE, "mlock", ENOMEM, EAGAIN, EPERM),
    ROW(MAPPINGS, MINUS_ONE, "mlockall", ENOMEM, EAGAIN, EPERM),
    ROW(MAPPINGS, MINUS_ONE, "shmget", ENOSPC, ENOMEM, ENFILE),
    ROW(MAPPINGS, MINUS_ONE, "shmat", ENOMEM, EACCES),

    ROW(NONE, MINUS_ONE, "read", EIO, EINTR, EAGAIN),
    ROW(NONE, MINUS_ONE, "pread", EIO, EINTR, EAGAIN),
    ROW(NONE, MINUS_ONE, "readv", EIO, EINTR, EAGAIN),
    ROW(NONE, MINUS_ONE, "write", ENOSPC, EDQUOT, EFBIG, EIO, EINTR, EAGAIN, EPIPE),
    ROW(NONE, MINUS_ONE, "pwrite", ENOSPC, EDQUOT, EFBIG, EIO, EINTR, EAGAIN),
    ROW(NONE, MINUS_ONE, "writev", ENOSPC, EDQUOT, EFBIG, EIO, EINTR, EAGAIN, EPIPE),
    ROW(NONE, MINUS_ONE, "sendfile", EIO, ENOMEM, EAGAIN),
    ROW(NONE, MINUS_ONE, "fsync", EIO, ENOSPC, EDQUOT, EINTR),
    ROW(NONE, MINUS_ONE, "fdatasync", EIO, ENOSPC, EDQUOT, EINTR),
    ROW(NONE, MINUS_ONE, "ftruncate", EIO, EFBIG, EINTR),
    ROW(NONE, MINUS_ONE, "truncate", EIO, EFBIG, EINTR, EACCES),
    ROW(NONE, MINUS_ONE, "fallocate", ENOSPC, EIO, EINTR),
    ROW(NONE, ERROR, "posix_fallocate", ENOSPC, EFBIG, EINTR),
    RELEASES(MINUS_ONE, "close", EIO, ENOSPC, EDQUOT, EINTR),
    RELEASES(MINUS_ONE, "fclose", ENOSPC, EDQUOT, EIO, EFBIG),
    ROW(NONE, MINUS_ONE, "fflush", ENOSPC, EDQUOT, EIO, EFBIG),
    ROW(NONE, MINUS_ONE, "mkdir", ENOSPC, EDQUOT, EMLINK, EACCES, EROFS),
    ROW(NONE, MINUS_ONE, "link", ENOSPC, EDQUOT, EMLINK, EPERM, EIO),
    ROW(NONE, MINUS_ONE, "symlink", ENOSPC, EDQUOT, EACCES, EIO),
    ROW(NONE, MINUS_ONE, "rename", ENOSPC, EDQUOT, EACCES, EROFS),
    ROW(NONE, MINUS_ONE, "unlink", EBUSY, EACCES, EIO, EROFS),
    ROW(NONE, MINUS_ONE, "send", ENOBUFS, ENOMEM, EINTR, ECONNRESET, EPIPE, EAGAIN),
    ROW(NONE, MINUS_ONE, "sendto", ENOBUFS, ENOMEM, EINTR, ECONNRESET, EPIPE, EAGAIN),
    ROW(NONE, MINUS_ONE, "sendmsg", ENOBUFS, ENOMEM, EINTR, ECONNRESET, EPIPE, EAGAIN),
    ROW(NONE, MINUS_ONE, "recv", ENOMEM, EINTR, ECONNREFUSED, EAGAIN),
    ROW(NONE, MINUS_ONE, "recvfrom", ENOMEM, EINTR, ECONNREFUSED, EAGAIN),
    ROW(NONE, MINUS_ONE, "recvmsg", ENOMEM, EINTR, ECONNREFUSED, EAGAIN),
    ROW(NONE, MINUS_ONE, "poll", ENOMEM, EINTR),
    ROW(NONE, MINUS_ONE, "select", ENOMEM, EINTR),
    ROW(NONE, MINUS_ONE, "setuid", EAGAIN, EPERM),
    ROW(NONE, MINUS_ONE, "setgid", EPERM),
};

_Static_assert(COUNT(table) <= MF_RESOURCE_MAX, "raise the maximum");

/** Other names of theirs: with 64-bit offsets, and with fortified arguments. */
static const struct {
    const char *symbol, *name;
} others[] = {
    {"open64", "open"},
    {"__open", "open"},
    {"__open64", "open"},
    {"__open_2", "open"},
    {"__open64_2", "open"},
    {"openat64", "openat"},
    {"__openat_2", "openat"},
    {"__openat64_2", "openat"},
    {"creat64", "creat"},
    {"fopen64", "fopen"},
    {"freopen64", "freopen"},
    {"tmpfile64", "tmpfile"},
    {"mkstemp64", "mkstemp"},
    {"mkostemp64", "mkostemp"},
    {"mkstemps64", "mkstemps"},
    {"mkostemps64", "mkostemps"},
    {"fcntl64", "fcntl"},
    {"__fcntl", "fcntl"},
    {"__pthread_key_create", "pthread_key_create"},
    {"__fork", "fork"},
    {"__vfork", "vfork"},
    {"__read_chk", "read"},
    {"pread64", "pread"},
    {"__pread_chk", "pread"},
    {"__pread64_chk", "pread"},
    {"pwrite64", "pwrite"},
    {"sendfile64", "sendfile"},
    {"ftruncate64", "ftruncate"},
    {"truncate64", "truncate"},
    {"fallocate64", "fallocate"},
    {"posix_fallocate64", "posix_fallocate"},
    {"__recv_chk", "recv"},
    {"__recvfrom_chk", "recvfrom"},
    {"__poll", "poll"},
    {"__poll_chk", "poll"},
};

_Static_assert(COUNT(table) + COUNT(others) <= MF_RESOURCE_SYMBOLS_MAX,
               "raise the maximum");

const struct mf_resource *mf_resource_at(unsigned index) {
    return index < COUNT(table) ? &table[index] : NULL;
}

unsigned mf_resource_function(unsigned index) {
    return table[index].interposed ? table[index].interposed : MF_RESOURCE + index;
}

const struct mf_resource *mf_resource_of(unsigned function) {
    if (function >= MF_RESOURCE) {
        return mf_resource_at(function - MF_RESOURCE);
    }
    for (unsigned i = 0; function != 0 && i < COUNT(table); i++) {
        if (table[i].interposed == function) {
            return &table[i];
        }
    }
    return NULL;
}

static unsigned index_of(const char *name) {
    unsigned index = 0;
    while (index < COUNT(table) && strcmp(table[index].name, name) != 0) {
        index++;
    }
    return index;
}

struct mf_resource_symbol mf_resource_symbol_at(unsigned index) {
    if (index < COUNT(table)) {
        return (struct mf_resource_symbol){table[index].name, index};
    }
    index -= COUNT(table);
    return index < COUNT(others)
               ? (struct mf_resource_symbol){others[index].symbol,
                                             index_of(others[index].name)}
               : (struct mf_resource_symbol){"", 0};
}

const char *mf_resource_group_name(unsigned group) {
    return group < MF_GROUP_COUNT ? groups[group] : "";
}

static mf_functions functions_of(unsigned group) {
    mf_functions functions = 0;
    for (unsigned i = 0; i < COUNT(table); i++) {
        if (table[i].group == group) {
            functions |= MF_FUNCTION_BIT(mf_resource_function(i));
        }
    }
    return functions;
}

mf_functions mf_resource_read(const char *word) {
    for (unsigned i = MF_GROUP_NONE + 1; i < MF_GROUP_COUNT; i++) {
        if (strcmp(groups[i], word) == 0) {
            return functions_of(i);
        }
    }
    for (unsigned i = 0; i < COUNT(table) + COUNT(others); i++) {
        struct mf_resource_symbol symbol = mf_resource_symbol_at(i);
        if (strcmp(symbol.name, word) == 0) {
            return MF_FUNCTION_BIT(mf_resource_function(symbol.resource));
        }
    }
    return 0;
}

int32_t mf_resource_error(unsigned function, int32_t given) {
    const struct mf_resource *resource = mf_resource_of(function);
    return !resource ? ENOMEM : given ? given : resource->errors[0];
}

mf_functions mf_resource_kin(unsigned function) {
    const struct mf_resource *resource = mf_resource_of(function);
    return !resource                          ? MF_FUNCTIONS_DEFAULT
           : resource->group == MF_GROUP_NONE ? MF_FUNCTION_BIT(function)
                                              : functions_of(resource->group);
}
