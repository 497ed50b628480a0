// SPDX-License-Identifier: MIT
#include "runner/code/symbol.h"

#include "runner/code/callee.h"
#include "runner/code/debuginfo.h"
#include "runner/code/demangle.h"
#include "runner/code/functions.h"
#include "runner/util/diag.h"
#include "runner/util/hash_seed.h"

#include "core/policy/mix.h"
#include "runner/util/printable.h"

#include <stdlib.h>
#include <string.h>

/** What Linux puts behind the path of a file that is gone. */
#define DELETED " (deleted)"

/** A module's file; NULLs where it is not to be had. */
struct symbol_module {
    bool opened;
    struct functions functions;
    struct debuginfo *info;
};

/** A place that was looked up. */
struct entry {
    struct frame frame;
    bool is_return;
    struct symbol_list list;
};

/** A text that is kept until the end. */
struct text {
    struct text *next;
    char bytes[];
};

/** What symbols_called() has named. */
struct called {
    struct called *next;
    struct symbol symbol;
};

struct symbols {
    const struct modules *modules;
    /** By a module's index; as many as were needed so far. */
    struct symbol_module *files;
    size_t file_count;
    /** Open addressing; a free entry has no symbols. */
    struct entry *entries;
    size_t count, room;
    uint64_t hash_seed;
    struct text *texts;
    struct called *called;
    /** NULL = none. */
    struct unpack *unpack;
};

static const struct symbol nameless;
static const struct symbol_list nothing = {&nameless, 1};

struct symbols *symbols_new(const struct modules *modules) {
    struct symbols *symbols = calloc(1, sizeof(*symbols));
    if (symbols) {
        symbols->modules = modules;
        symbols->hash_seed = hash_seed();
    }
    return symbols;
}

void symbols_expect(struct symbols *symbols, struct unpack *unpack) {
    symbols->unpack = unpack;
}

void symbols_free(struct symbols *symbols) {
    if (!symbols) {
        return;
    }
    for (size_t i = 0; i < symbols->file_count; i++) {
        debuginfo_close(symbols->files[i].info);
        functions_close(&symbols->files[i].functions);
    }
    for (size_t i = 0; i < symbols->room; i++) {
        free((void *)symbols->entries[i].list.symbols);
    }
    while (symbols->texts) {
        struct text *text = symbols->texts;
        symbols->texts = text->next;
        free(text);
    }
    while (symbols->called) {
        struct called *called = symbols->called;
        symbols->called = called->next;
        free(called);
    }
    free(symbols->files);
    free(symbols->entries);
    free(symbols);
}

/** Keep a copy of a text that is fit for a terminal; NULL where memory ran out. */
static char *keep(struct symbols *symbols, const char *bytes) {
    size_t size = bytes ? strlen(bytes) + 1 : 0;
    struct text *text = bytes ? malloc(sizeof(*text) + size) : NULL;
    if (!text) {
        return NULL;
    }
    memcpy(text->bytes, bytes, size);
    printable_fix(text->bytes);
    text->next = symbols->texts;
    symbols->texts = text;
    return text->bytes;
}

/** Open a module's file, once. */
static void load(struct symbol_module *file, const struct mf_module *module,
                 struct unpack *unpack) {
    char path[sizeof(module->path)];
    file->opened = true;
    functions_begin(&file->functions, modules_open(module, path));
    if (file->functions.file) {
        file->info = debuginfo_open(path, unpack);
    }
}

/** The file of a module; NULL if there is none. */
static struct symbol_module *find_file(struct symbols *symbols, uint32_t module) {
    if (module >= symbols->modules->count) {
        return NULL;
    }
    if (module >= symbols->file_count) {
        size_t count = symbols->modules->count;
        struct symbol_module *files =
            reallocarray(symbols->files, count, sizeof(files[0]));
        if (!files) {
            return NULL;
        }
        memset(files + symbols->file_count, 0,
               (count - symbols->file_count) * sizeof(files[0]));
        symbols->files = files;
        symbols->file_count = count;
    }
    struct symbol_module *file = &symbols->files[module];
    if (!file->opened) {
        load(file, &symbols->modules->entries[module], symbols->unpack);
    }
    return file->functions.file ? file : NULL;
}

/** Set a symbol's names from the linker's and the source's, either may be NULL. */
static void set_names(struct symbols *symbols, struct symbol *symbol, const char *linkage,
                      const char *name) {
    char *decoded = linkage ? demangle(linkage) : NULL;
    name = decoded ? decoded : name ? name : linkage;
    symbol->function = keep(symbols, name);
    symbol->short_name = symbol->function;
    // The source's name of a template has its arguments as well.
    if (decoded || (name && strchr(name, '<'))) {
        char *shorter = keep(symbols, name);
        if (shorter) {
            demangle_shorten(shorter);
        }
        symbol->short_name = shorter;
    }
    free(decoded);
}

/** The linker's symbol that an address lies in; no name if there is none. */
struct linked {
    const char *name;
    uint64_t start;
    /** Of the file itself, and for others' use. */
    const struct elffile_symbol *global;
};

static struct linked find_linked(struct symbol_module *file, uint64_t address) {
    struct linked linked = {0};
    const struct elffile_symbol *found =
        symboltable_find(&file->functions.symbols, address);
    if (found) {
        linked = (struct linked){found->name, found->address, NULL};
        linked.global = found->global ? found : NULL;
    } else if (file->info) {
        linked.name = debuginfo_symbol(file->info, address, &linked.start);
    }
    return linked;
}

/** Whether the linker names a function better than its source does: as others call it, or
 * with the scopes that the source's name lacks. */
static bool is_better(const struct linked *linked, const struct debuginfo_call *call) {
    return linked->name && linked->start == call->entry &&
           (linked->global || (!call->linkage && strncmp(linked->name, "_Z", 2) == 0));
}

/** Name the function whose code it is, from debug information and symbol table. */
static void name_function(struct symbols *symbols, struct symbol_module *file,
                          const struct debuginfo_call *call, uint64_t address,
                          struct symbol *symbol) {
    struct linked linked = find_linked(file, address);
    uint64_t start = linked.name ? linked.start : call->entry;
    const char *linkage = linked.name     ? linked.name
                          : call->linkage ? call->linkage
                                          : call->name;
    if (call->name && !is_better(&linked, call)) {
        set_names(symbols, symbol, call->linkage, call->name);
    } else {
        if (linked.global && call->name) {
            linkage =
                symboltable_prefer(&file->functions.symbols, linked.global, call->name)
                    ->name;
        }
        set_names(symbols, symbol, linkage, NULL);
    }
    symbol->linkage = keep(symbols, linkage);
    if (!linkage) {
        start = elffile_function_start(file->functions.file, address);
    }
    symbol->displacement = start && start <= address ? address - start : 0;
}

/** Look a place up; an empty list where memory ran out. */
static struct symbol_list look_up(struct symbols *symbols, struct frame frame,
                                  bool is_return) {
    struct debuginfo_call calls[DEBUGINFO_CALLS_MAX] = {0};
    struct symbol_module *file = find_file(symbols, frame.module);
    size_t count = 0;
    // A call may be a function's last instruction: look for the call, not for what
    // follows.
    uint64_t address = file ? file->functions.base + frame.offset - is_return : 0;
    if (file && file->info) {
        count = debuginfo_find(file->info, address, calls, DEBUGINFO_CALLS_MAX);
    }
    count = count > 0 ? count : 1;
    struct symbol *list = calloc(count, sizeof(list[0]));
    for (size_t i = 0; list && i < count; i++) {
        list[i].file = keep(symbols, calls[i].file);
        list[i].directory = keep(symbols, calls[i].directory);
        list[i].line = calls[i].line;
        list[i].inlined = calls[i].inlined;
        if (calls[i].inlined) {
            set_names(symbols, &list[i], calls[i].linkage, calls[i].name);
            list[i].linkage = keep(symbols, calls[i].linkage);
        } else if (file) {
            name_function(symbols, file, &calls[i], address, &list[i]);
            list[i].displacement +=
                list[i].displacement > 0 || list[i].linkage ? is_return : 0;
        }
    }
    return (struct symbol_list){list, list ? count : 0};
}

/** The entry of a place in a table with room: the one that has it, or a free one. */
static struct entry *find_entry(const struct symbols *symbols, struct entry *entries,
                                size_t room, struct frame frame, bool is_return) {
    uint64_t module = (uint64_t)frame.module * 2 + is_return;
    uint64_t key = mf_mix(frame.offset ^ mf_mix(module ^ symbols->hash_seed));
    size_t at = key & (room - 1);
    for (;; at = (at + 1) & (room - 1)) {
        struct entry *entry = &entries[at];
        if (!entry->list.symbols ||
            (entry->frame.module == frame.module && entry->frame.offset == frame.offset &&
             entry->is_return == is_return)) {
            return entry;
        }
    }
}

/** Keep a quarter of the entries free. */
static int grow(struct symbols *symbols) {
    if (symbols->count < symbols->room / 4 * 3) {
        return 0;
    }
    size_t room = symbols->room ? 2 * symbols->room : 256;
    struct entry *entries = calloc(room, sizeof(entries[0]));
    if (!entries) {
        return -1;
    }
    for (size_t i = 0; i < symbols->room; i++) {
        const struct entry *entry = &symbols->entries[i];
        if (entry->list.symbols) {
            *find_entry(symbols, entries, room, entry->frame, entry->is_return) = *entry;
        }
    }
    free(symbols->entries);
    symbols->entries = entries;
    symbols->room = room;
    return 0;
}

struct symbol_list symbols_find(struct symbols *symbols, struct frame frame,
                                bool is_return) {
    if (grow(symbols) != 0 || (is_return && frame.offset == 0)) {
        return nothing;
    }
    struct entry *entry =
        find_entry(symbols, symbols->entries, symbols->room, frame, is_return);
    if (!entry->list.symbols) {
        struct symbol_list list = look_up(symbols, frame, is_return);
        if (!list.symbols) {
            return nothing;
        }
        *entry = (struct entry){frame, is_return, list};
        symbols->count++;
    }
    return entry->list;
}

const struct functions *symbols_functions(struct symbols *symbols, uint32_t module) {
    const struct symbol_module *file = find_file(symbols, module);
    return file ? &file->functions : NULL;
}

const struct symbol_list *symbols_known(const struct symbols *symbols, struct frame frame,
                                        bool is_return) {
    if (symbols->room == 0) {
        return NULL;
    }
    const struct entry *entry =
        find_entry(symbols, symbols->entries, symbols->room, frame, is_return);
    return entry->list.symbols ? &entry->list : NULL;
}

const struct symbol *symbols_called(struct symbols *symbols, const struct symbol *place,
                                    struct frame caller) {
    struct symbol_module *file = find_file(symbols, caller.module);
    const char *name =
        file ? callee_before(file->functions.file, file->functions.base + caller.offset)
             : NULL;
    struct called *called = name ? malloc(sizeof(*called)) : NULL;
    if (!called) {
        return place;
    }
    *called = (struct called){symbols->called, *place};
    symbols->called = called;
    set_names(symbols, &called->symbol, name, NULL);
    return &called->symbol;
}
