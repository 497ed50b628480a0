// SPDX-License-Identifier: MIT
// The only user of libiberty, which takes no memory for this.
#include "runner/code/rustname.h"

#include <libiberty/demangle.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** A name while it is being decoded; `bytes` NULL: its length is wanted. */
struct name {
    char *bytes;
    size_t length, room;
};

/** Take some more of it. */
static void take(const char *text, size_t length, void *context) {
    struct name *name = context;
    if (name->bytes && length < name->room - name->length) {
        memcpy(name->bytes + name->length, text, length);
        name->bytes[name->length + length] = '\0';
    }
    name->length += length;
}

static bool decode(const char *linkage, struct name *name) {
    name->length = 0;
    return rust_demangle_callback(linkage, DMGL_AUTO, take, name) && name->length > 0 &&
           name->length < name->room;
}

char *rustname_decode(const char *linkage, size_t room) {
    struct name name = {NULL, 0, room};
    if (!decode(linkage, &name)) {
        return NULL;
    }
    name.room = name.length + 1;
    name.bytes = malloc(name.room);
    if (name.bytes && !decode(linkage, &name)) {
        free(name.bytes);
        name.bytes = NULL;
    }
    return name.bytes;
}
