// SPDX-License-Identifier: MIT
// The process gets one byte when it is to begin, and is waited for by its end of the
// sockets: its pid may be anybody's by then. That all went well is told by seals.
#include "runner/unpack.h"

#include "runner/elffile.h"
#include "runner/highfd.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/** Where debug files are, named by build ids. */
#define FOLDER "/usr/lib/debug/.build-id/"
/** What a file has that is complete. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct unpack {
    unsigned char id[64];
    size_t id_length;
    /** The packed file. */
    char path[sizeof(FOLDER) + 2 * 64 + sizeof("/.debug")];
    /** The unpacked one, and our end of the sockets. */
    int fd, line;
    pid_t pid;
    bool begun;
};

/** Find the build id of the C library; whether it has one. */
static bool find_id(struct unpack *unpack) {
    Dl_info info;
    size_t length = 0;
    void *function = dlsym(RTLD_DEFAULT, "getpid");
    struct elffile *file =
        function && dladdr(function, &info) ? elffile_open(info.dli_fname) : NULL;
    const unsigned char *id = file ? elffile_build_id(file, &length) : NULL;
    bool found = id && length > 1 && length <= sizeof(unpack->id);
    if (found) {
        memcpy(unpack->id, id, length);
        unpack->id_length = length;
    }
    elffile_close(file);
    return found;
}

/** Find the debug file; whether there is one. */
static bool find_packed(struct unpack *unpack) {
    char *at = unpack->path + sprintf(unpack->path, FOLDER "%02x/", unpack->id[0]);
    for (size_t i = 1; i < unpack->id_length; i++) {
        at += sprintf(at, "%02x", unpack->id[i]);
    }
    strcpy(at, ".debug");
    return access(unpack->path, R_OK) == 0;
}

/** The process: wait for the word, and do it. */
_Noreturn static void work(const struct unpack *unpack, int line, pid_t parent) {
    char byte;
    bool orphaned = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent;
    bool done = !orphaned && read(line, &byte, 1) == 1 &&
                elffile_unpack(unpack->path, unpack->fd) == 0 &&
                fcntl(unpack->fd, F_ADD_SEALS, SEALS) == 0;
    _exit(done ? 0 : 1);
}

/** A memory file, out of the way; -1 with errno. */
static int make_file(void) {
    return highfd_move(memfd_create("mallocfail-debug", MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

/** Start the process; 0 on success. */
static int start(struct unpack *unpack) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return -1;
    }
    pid_t parent = getpid();
    unpack->line = highfd_move(ends[0]);
    unpack->pid = unpack->line < 0 ? -1 : fork();
    if (unpack->pid == 0) {
        close(unpack->line);
        work(unpack, ends[1], parent);
    }
    close(ends[1]);
    return unpack->pid > 0 ? 0 : -1;
}

struct unpack *unpack_new(void) {
    struct unpack *unpack = calloc(1, sizeof(*unpack));
    if (!unpack) {
        return NULL;
    }
    unpack->fd = unpack->line = -1;
    if (find_id(unpack) && find_packed(unpack) && (unpack->fd = make_file()) >= 0 &&
        start(unpack) == 0) {
        return unpack;
    }
    unpack_free(unpack);
    return NULL;
}

void unpack_begin(struct unpack *unpack) {
    if (unpack && !unpack->begun) {
        unpack->begun = send(unpack->line, "", 1, MSG_NOSIGNAL) == 1;
    }
}

/** Wait until the process has ended; whether it has done its work. */
static bool await(const struct unpack *unpack) {
    char byte;
    while (read(unpack->line, &byte, 1) < 0 && errno == EINTR) {
    }
    return (fcntl(unpack->fd, F_GET_SEALS) & SEALS) == SEALS;
}

int unpack_open(struct unpack *unpack, const unsigned char *id, size_t length,
                const char **path) {
    if (!unpack || !unpack->begun || length != unpack->id_length ||
        memcmp(id, unpack->id, length) != 0 || !await(unpack)) {
        return -1;
    }
    *path = unpack->path;
    return highfd_copy(unpack->fd);
}

void unpack_free(struct unpack *unpack) {
    if (!unpack) {
        return;
    }
    // It ends by that where it has not begun.
    if (unpack->line >= 0) {
        close(unpack->line);
    }
    if (unpack->fd >= 0) {
        close(unpack->fd);
    }
    // Whoever waits for all children may have had it already.
    while (unpack->pid > 0 && waitpid(unpack->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    free(unpack);
}
