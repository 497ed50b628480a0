// SPDX-License-Identifier: MIT
#include "runner/code/debugfile.h"

#include "runner/code/elffile.h"
#include "runner/code/unpack.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_file(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/** Write the folder of a file, as far as there is room. */
static void folder_of(const char *file, char *folder, size_t size) {
    const char *slash = file ? strrchr(file, '/') : NULL;
    snprintf(folder, size, "%.*s", slash ? (int)(slash - file) : 0, file ? file : "");
}

/** Open what two files have in common, which dwz put into a third; it is named by its
 * path, from the first one's folder. */
static int find_common(const char *file, const char *name) {
    char folder[PATH_MAX], path[2 * PATH_MAX];
    folder_of(file, folder, sizeof(folder));
    snprintf(path, sizeof(path), "%s/%s", name[0] == '/' ? "" : folder, name);
    return open_file(path);
}

/** Look for a debug file by its name, and believe it by its build id. */
static int find_named(const char *file, const char *name, const unsigned char *id,
                      size_t length) {
    static const struct {
        const char *before, *behind;
    } places[] = {{"", ""}, {"", "/.debug"}, {"/usr/lib/debug", ""}};
    char folder[PATH_MAX], path[2 * PATH_MAX];
    int fd = -1;
    folder_of(file, folder, sizeof(folder));
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && fd < 0; i++) {
        snprintf(path, sizeof(path), "%s%s%s/%s", places[i].before, folder,
                 places[i].behind, name);
        struct elffile *debug = elffile_open(path);
        if (debug && elffile_is_built(debug, id, length)) {
            fd = open_file(path);
        }
        elffile_close(debug);
    }
    return fd;
}

/** Take the file that was unpacked ahead of time; -1 where it is another one. */
static int take_unpacked(struct unpack *unpack, const unsigned char *id, size_t length,
                         char **name) {
    const char *path;
    int fd = unpack_open(unpack, id, length, &path);
    if (fd >= 0) {
        free(*name);
        *name = strdup(path);
    }
    return fd;
}

/** Ask the user's servers, for seconds at most where the user did not say for how long. The
 * library that asks is loaded for that only: libdebuginfod's interface, as of version 0.178
 * of elfutils. */
static int ask_servers(const unsigned char *id, size_t length, char **name) {
    const char *urls = getenv("DEBUGINFOD_URLS");
    void *library = urls && *urls ? dlopen("libdebuginfod.so.1", RTLD_LAZY) : NULL;
    if (!library) {
        return -1;
    }
    void *(*begin)(void) = (void *(*)(void))dlsym(library, "debuginfod_begin");
    void (*end)(void *) = (void (*)(void *))dlsym(library, "debuginfod_end");
    int (*find)(void *, const unsigned char *, int, char **) =
        (int (*)(void *, const unsigned char *, int, char **))dlsym(
            library, "debuginfod_find_debuginfo");
    setenv("DEBUGINFOD_TIMEOUT", "5", 0);
    void *client = begin && end && find ? begin() : NULL;
    char *path = NULL;
    int fd = client ? find(client, id, (int)length, &path) : -1;
    if (client) {
        end(client);
    }
    if (fd >= 0) {
        free(*name);
        *name = path;
    }
    return fd < 0 ? -1 : fd;
}

int debugfile_find(Dwfl_Module *module, void **userdata, const char *name,
                   Dwarf_Addr base, const char *file_name, const char *debuglink,
                   GElf_Word crc, char **debuginfo_name) {
    const unsigned char *id = NULL;
    GElf_Addr address;
    int length = dwfl_module_build_id(module, &id, &address);
    if (length <= 0) {
        // Servers know files by their build id only.
        return dwfl_standard_find_debuginfo(module, userdata, name, base, file_name,
                                            debuglink, crc, debuginfo_name);
    }
    int fd = take_unpacked(*userdata, id, (size_t)length, debuginfo_name);
    if (fd < 0) {
        fd = dwfl_build_id_find_debuginfo(module, userdata, name, base, file_name,
                                          debuglink, crc, debuginfo_name);
    }
    if (fd < 0 && debuglink) {
        fd = strchr(debuglink, '/')
                 ? find_common(file_name, debuglink)
                 : find_named(file_name, debuglink, id, (size_t)length);
    }
    return fd >= 0 ? fd : ask_servers(id, (size_t)length, debuginfo_name);
}
