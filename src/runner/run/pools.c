// SPDX-License-Identifier: MIT
#include "runner/run/pools.h"

#include "runner/code/elffile.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** From this version on GLib's slices are malloc's. */
#define GLIB_WITHOUT_SLICES 76

/** A pool that is known. */
struct known {
    const char *symbol;
    /** Whether it is also told by who calls the symbol. */
    bool called;
    const char *what, *remedy;
    /** The variable that switches it off, and how its value then begins; NULL = none. */
    const char *variable, *value;
};

static const struct known known[] = {
    {"PyObject_Malloc", false, "Python's pool of small objects",
     "set PYTHONMALLOC=malloc", "PYTHONMALLOC", "malloc"},
    {"_emalloc", false, "PHP's heap", "set USE_ZEND_ALLOC=0", "USE_ZEND_ALLOC", "0"},
    {"g_slice_alloc", false, "GLib's slices", "set G_SLICE=always-malloc", "G_SLICE",
     "always-malloc"},
    {"luaJIT_setmode", false, "LuaJIT's heap",
     "build it with -DLUAJIT_USE_SYSMALLOC, or use Lua", NULL, NULL},
    {"ngx_palloc", false, "nginx's pools, except for the blocks that they are made of",
     "build it with the no-pool patch", NULL, NULL},
    {"apr_palloc", false,
     "APR's pools, and their blocks where APR maps them (Debian's does)",
     "build it with --enable-pool-debug", NULL, NULL},
    {"runtime.mallocgc", false, "Go's heap", NULL, NULL, NULL},
    {"JNI_CreateJavaVM", false, "Java's heap", NULL, NULL, NULL},
    {"caml_alloc_shr", false, "OCaml's heap", NULL, NULL, NULL},
    {"_ZN2v87Isolate8AllocateEv", false, "V8's heap", NULL, NULL, NULL},
    {"rb_newobj_of", false, "Ruby's heap of objects", NULL, NULL, NULL},
    {"mallocx", true, "jemalloc's mallocx()", NULL, NULL, NULL},
    {"rallocx", true, "jemalloc's rallocx()", NULL, NULL, NULL},
    {"je_malloc", true, "jemalloc's je_malloc()", NULL, NULL, NULL},
    {"mi_malloc", true, "mimalloc's mi_malloc()", NULL, NULL, NULL},
    {"tc_malloc", true, "tcmalloc's tc_malloc()", NULL, NULL, NULL},
    {"__libc_malloc", true, "the C library's malloc under its inner name", NULL, NULL,
     NULL},
    {"__libc_calloc", true, "the C library's malloc under its inner name", NULL, NULL,
     NULL},
    {"__libc_realloc", true, "the C library's malloc under its inner name", NULL, NULL,
     NULL},
    {"__libc_memalign", true, "the C library's malloc under its inner name", NULL, NULL,
     NULL},
    {"scalable_malloc", true, "TBB's scalable_malloc()", NULL, NULL, NULL},
};

/** Which of them a file has, and whether it has a malloc by that name. */
struct search {
    bool found[COUNT(known)], malloc;
};

static bool visit(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    for (size_t i = 0; symbol->function && i < COUNT(known); i++) {
        search->found[i] |= strcmp(symbol->name, known[i].symbol) == 0;
    }
    search->malloc |= symbol->function && strcmp(symbol->name, "malloc") == 0;
    return true;
}

/** Whether the environment switches it off. */
static bool is_off(const struct known *pool) {
    const char *value = pool->variable ? getenv(pool->variable) : NULL;
    return value && strncmp(value, pool->value, strlen(pool->value)) == 0;
}

/** Whether a file is a GLib whose slices are malloc's, by its name:
 * libglib-2.0.so.0.7600.1. */
static bool has_no_slices(const struct known *pool, const char *path) {
    char file[PATH_MAX];
    const char *version =
        strcmp(pool->symbol, "g_slice_alloc") == 0 && realpath(path, file)
            ? strstr(file, ".so.0.")
            : NULL;
    return version &&
           strtol(version + strlen(".so.0."), NULL, 10) / 100 >= GLIB_WITHOUT_SLICES;
}

static bool is_told(const struct pools *pools, const struct known *pool) {
    for (size_t i = 0; i < pools->count; i++) {
        if (strcmp(pools->list[i].what, pool->what) == 0) {
            return true;
        }
    }
    return false;
}

void pools_look(struct pools *pools, const char *path) {
    struct search search = {{false}, false};
    struct elffile *file = elffile_open(path);
    if (!file) {
        return;
    }
    elffile_symbols(file, visit, &search);
    for (size_t i = 0; i < COUNT(known) && pools->count < POOLS_MAX; i++) {
        const struct known *pool = &known[i];
        // Inside, it is another name of the malloc that is reached.
        bool has = (search.found[i] && !(pool->called && search.malloc)) ||
                   (pool->called && elffile_wants(file, pool->symbol));
        pools->any |= has && !has_no_slices(pool, path);
        if (has && !is_off(pool) && !has_no_slices(pool, path) && !is_told(pools, pool)) {
            const char *slash = strrchr(path, '/');
            pools->list[pools->count++] = (struct own_pool){
                .what = pool->what,
                .symbol = pool->symbol,
                .module = slash ? slash + 1 : path,
                .remedy = pool->remedy,
            };
        }
    }
    elffile_close(file);
}
