// SPDX-License-Identifier: MIT
#include "runner/symbol.h"

#include "runner/elffile.h"

#include <stdlib.h>
#include <string.h>

/** How many symbols before an address are looked at for one that holds it. */
#define LOOK_BACK 16

/** A module's functions, by address; empty where they are not known. */
struct symbol_module {
    struct elffile *file;
    uint64_t base;
    struct elffile_symbol *list;
    size_t count, room;
};

/** Add a function; goes without the rest when memory runs out. */
static bool collect(void *context, const struct elffile_symbol *symbol) {
    struct symbol_module *module = context;
    if (!symbol->function) {
        return true;
    }
    if (module->count == module->room) {
        size_t room = module->room ? 2 * module->room : 256;
        struct elffile_symbol *list =
            reallocarray(module->list, room, sizeof(module->list[0]));
        if (!list) {
            return false;
        }
        module->list = list;
        module->room = room;
    }
    module->list[module->count++] = *symbol;
    return true;
}

/** By address; of two names for one place the one for others' use, then the plainer one.
 */
static int compare(const void *left, const void *right) {
    const struct elffile_symbol *a = left;
    const struct elffile_symbol *b = right;
    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    if (a->global != b->global) {
        return a->global ? 1 : -1;
    }
    size_t under_a = strspn(a->name, "_");
    size_t under_b = strspn(b->name, "_");
    if (under_a != under_b) {
        return under_a > under_b ? -1 : 1;
    }
    return strcmp(b->name, a->name);
}

/** Whether a file is the one that was loaded, as far as can be told. */
static bool is_same(const struct elffile *file, const struct mf_module *module) {
    size_t length = 0;
    const unsigned char *id = elffile_build_id(file, &length);
    if (length > MF_BUILD_ID_MAX) {
        length = MF_BUILD_ID_MAX;
    }
    if (!id || module->build_id_length == 0) {
        return !id && module->build_id_length == 0;
    }
    return length == module->build_id_length && memcmp(id, module->build_id, length) == 0;
}

/** Read a module's functions; NULL when memory ran out. */
static struct symbol_module *load(const struct mf_module *module) {
    struct symbol_module *loaded = calloc(1, sizeof(*loaded));
    if (!loaded || module->path[0] != '/') {
        return loaded;
    }
    loaded->file = elffile_open(module->path);
    if (loaded->file && is_same(loaded->file, module)) {
        loaded->base = elffile_base(loaded->file);
        elffile_symbols(loaded->file, collect, loaded);
    }
    if (loaded->count > 0) {
        qsort(loaded->list, loaded->count, sizeof(loaded->list[0]), compare);
    }
    return loaded;
}

/** The function that holds an address. */
static const struct elffile_symbol *find(const struct symbol_module *module,
                                         uint64_t address) {
    size_t low = 0;
    size_t high = module->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (module->list[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t back = 1; back <= LOOK_BACK && back <= low; back++) {
        const struct elffile_symbol *symbol = &module->list[low - back];
        if (address - symbol->address < symbol->size) {
            return symbol;
        }
    }
    return NULL;
}

const char *symbols_find(struct symbols *symbols, unsigned index,
                         const struct mf_module *module, uint64_t offset,
                         uint64_t *displacement) {
    if (!symbols->modules[index]) {
        symbols->modules[index] = load(module);
    }
    const struct symbol_module *loaded = symbols->modules[index];
    if (!loaded || offset == 0) {
        return NULL;
    }
    // A call may be a function's last instruction: look for the call, not for what
    // follows.
    uint64_t address = loaded->base + offset;
    const struct elffile_symbol *symbol = find(loaded, address - 1);
    if (!symbol) {
        return NULL;
    }
    *displacement = address - symbol->address;
    return symbol->name;
}

void symbols_destroy(struct symbols *symbols) {
    for (size_t i = 0; i < MF_MODULES_MAX; i++) {
        struct symbol_module *module = symbols->modules[i];
        if (module) {
            free(module->list);
            elffile_close(module->file);
            free(module);
            symbols->modules[i] = NULL;
        }
    }
}
