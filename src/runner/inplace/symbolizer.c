// SPDX-License-Identifier: MIT
#include "runner/inplace/symbolizer.h"

#include "runner/code/functions.h"
#include "runner/crash/maps.h"

#include <string.h>

/** How the linker's names of their functions begin: all are in one name space. */
static const char space[] = "_ZN11__sanitizer";

/** Whether the function that an address of a file is in is one of theirs. */
static bool has_their_name(const char *path, uint64_t offset) {
    struct functions functions = {0};
    functions_open_path(&functions, path);
    const char *name =
        functions.file ? functions_name(&functions, functions.base + offset) : NULL;
    bool is = name && strncmp(name, space, sizeof(space) - 1) == 0;
    functions_close(&functions);
    return is;
}

/** The same of an address of a child's. */
static bool is_theirs(pid_t child, uint64_t address) {
    struct maps maps;
    if (maps_read(&maps, child) != 0) {
        return false;
    }
    const struct map *map = maps_find(&maps, address);
    bool is = map && map->path[0] == '/' &&
              has_their_name(map->path, address - maps.entries[map->first].start);
    maps_destroy(&maps);
    return is;
}

bool symbolizer_asks(struct symbolizer_places *places, pid_t child, uint64_t back) {
    if (back == 0 || back == places->other) {
        return false;
    }
    if (back != places->own) {
        // The call may be the last instruction.
        bool is = is_theirs(child, back - 1);
        *(is ? &places->own : &places->other) = back;
    }
    return back == places->own;
}
