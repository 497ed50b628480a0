// SPDX-License-Identifier: MIT
#include "runner/target/clibrary.h"

#include <string.h>

/** How the file names of loaders begin, and those that libraries need; the last that fits
 * counts. */
static const struct {
    const char *loader, *needed;
    enum clibrary clibrary;
} known[] = {
    {"ld-musl-", "libc.musl-", CLIBRARY_MUSL},
    {"ld-musl-", "libc.so", CLIBRARY_MUSL},
    {"ld-linux", "libc.so.6", CLIBRARY_GLIBC},
};

enum clibrary clibrary_of(const struct elffile *file) {
    const char *loader = elffile_interpreter(file);
    const char *slash = loader ? strrchr(loader, '/') : NULL;
    const char *name = slash ? slash + 1 : loader;
    enum clibrary found = CLIBRARY_OTHER;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (name ? strncmp(name, known[i].loader, strlen(known[i].loader)) == 0
                 : elffile_needs(file, known[i].needed)) {
            found = known[i].clibrary;
        }
    }
    return found;
}

enum clibrary clibrary_at(const char *path) {
    struct elffile *file = elffile_open(path);
    enum clibrary clibrary = file ? clibrary_of(file) : CLIBRARY_OTHER;
    elffile_close(file);
    return clibrary;
}

const char *clibrary_name(enum clibrary clibrary) {
    static const char *const names[] = {
        [CLIBRARY_OTHER] = NULL, [CLIBRARY_GLIBC] = "glibc", [CLIBRARY_MUSL] = "musl"};
    return names[clibrary];
}
