// SPDX-License-Identifier: MIT
#include "runner/code/unpack.h"

#include "runner/code/elffile.h"
#include "runner/util/clock.h"
#include "runner/util/helper.h"
#include "runner/util/highfd.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Where debug files are, named by build ids. */
#define FOLDER "/usr/lib/debug/.build-id/"
/** How long to wait for the process: others may keep it from its work. */
#define PATIENCE (50 * CLOCK_MILLISECOND)

struct unpack {
    unsigned char id[64];
    size_t id_length;
    /** The packed file. */
    char path[sizeof(FOLDER) + 2 * 64 + sizeof("/.debug")];
    struct helper *helper;
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

/** What the helper does. */
static int work(const void *context, int fd) {
    const struct unpack *unpack = (const struct unpack *)context;
    return elffile_unpack(unpack->path, fd) == 0 ? 0 : EIO;
}

struct unpack *unpack_new(void) {
    struct unpack *unpack = calloc(1, sizeof(*unpack));
    if (!unpack) {
        return NULL;
    }
    if (find_id(unpack) && find_packed(unpack)) {
        unpack->helper = helper_start("mallocfail-debug", true, work, unpack);
    }
    if (!unpack->helper) {
        unpack_free(unpack);
        return NULL;
    }
    return unpack;
}

int unpack_open(struct unpack *unpack, const unsigned char *id, size_t length,
                const char **path) {
    if (!unpack || length != unpack->id_length || memcmp(id, unpack->id, length) != 0) {
        return -1;
    }
    *path = unpack->path;
    return highfd_copy(helper_await(unpack->helper, PATIENCE));
}

void unpack_free(struct unpack *unpack) {
    if (unpack) {
        helper_free(unpack->helper);
        free(unpack);
    }
}
