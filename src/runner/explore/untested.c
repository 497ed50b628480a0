// SPDX-License-Identifier: MIT
#include "runner/explore/untested.h"

#include "core/policy/resource.h"
#include "runner/code/elffile.h"
#include "runner/diagnose/callname.h"
#include "runner/run/inlined.h"
#include "runner/target/libraries.h"
#include "runner/util/path.h"

#include <string.h>

/** Memory that the program itself maps can be a pool that nothing else shows; of a program
 * that has one which is known, that is known better. */
static const struct own_pool mapped = {
    .what = "allocations from memory that the program maps itself",
    .symbol = "mmap",
};

/** Tell of libraries that find another malloc than the program does. */
static void look_apart(struct pools *pools, uint64_t apart) {
    static const struct {
        uint64_t when;
        struct own_pool pool;
    } kinds[] = {
        {MF_APART_BOUND,
         {.what = "allocations by constructors of libraries that are loaded with "
                  "RTLD_DEEPBIND",
          .symbol = "dlopen"}},
        {MF_APART_PAST,
         {.what = "allocations of libraries that are loaded with RTLD_DEEPBIND",
          .symbol = "dlopen"}},
        {MF_APART_SPACE,
         {.what =
              "allocations of libraries that dlmopen() loaded with a C library of their "
              "own",
          .symbol = "dlmopen"}},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((apart & kinds[i].when) && pools->count < POOLS_MAX) {
            pools->list[pools->count++] = kinds[i].pool;
        }
    }
}

/** Add what is true of a program; of another one it may be known. */
static void add(struct pools *pools, const struct own_pool *pool) {
    for (size_t i = 0; i < pools->count; i++) {
        struct own_pool *known = &pools->list[i];
        if (strcmp(known->what, pool->what) == 0 &&
            strcmp(known->symbol, pool->symbol) == 0) {
            known->more++;
            return;
        }
    }
    if (pools->count < POOLS_MAX) {
        pools->list[pools->count++] = *pool;
    }
}

/** Tell of calls that the compiler has put in line: they do not come to a patched function. */
static void look_in_line(struct pools *pools, const struct preflight *preflight) {
    struct inlined inlined;
    inlined_find(&inlined, &preflight->patches, preflight->program.binary);
    for (unsigned i = 0; i < inlined.count; i++) {
        const struct own_pool calls = {
            .what = "calls that the compiler has put in line",
            .symbol = inlined.names[i],
            .module = path_base(preflight->program.binary),
            .remedy = "build it without -flto, or with that function as noinline",
        };
        add(pools, &calls);
    }
}

/** Tell of calls that the compiler has led to a function that it made of one by name. */
static void look_at_clones(struct pools *pools, const struct patches *patches) {
    for (unsigned i = 0; i < patches->plan.named_count; i++) {
        const struct own_pool calls = {
            .what = "calls that the compiler has given a function of their own",
            .symbol = patches->named_clone[i],
            .remedy = "name that one with --allocation, too",
        };
        if (patches->named_found[i] && calls.symbol[0]) {
            add(pools, &calls);
        }
    }
}

void untested_look_inside(struct pools *pools, const struct preflight *preflight) {
    const struct patches *patches = &preflight->patches;
    const char *module = path_base(preflight->program.binary);
    if (!patches_reach_malloc(patches)) {
        return;
    }
    if (!preflight->breakpoints.patches) {
        const struct own_pool early = {
            .what = "allocations by library constructors that run before mallocfail's",
            .symbol = "malloc",
            .module = module,
        };
        add(pools, &early);
    }
    for (unsigned i = 0; i < patches->fault_count; i++) {
        // They allocate nothing; who wants them is refused without.
        if (strcmp(patches->faults[i].function, "free") == 0 ||
            strcmp(patches->faults[i].function, "malloc_usable_size") == 0) {
            continue;
        }
        const struct own_pool fault = {
            .what = "a function of the program's own allocator that cannot be patched",
            .symbol = patches->faults[i].function,
            .module = module,
            .remedy = patches->faults[i].reason,
        };
        add(pools, &fault);
    }
}

/** What a library of the program's has of a malloc of its own. */
struct library {
    const char *path;
    bool exports, hides;
    /** Whether the program is started with it. */
    bool started;
};

static bool note_malloc(void *context, const struct elffile_symbol *symbol) {
    struct library *library = context;
    bool is = symbol->function && strcmp(symbol->name, "malloc") == 0;
    library->exports |= is && symbol->exported;
    library->hides |= is && !symbol->exported;
    return true;
}

static void note_started(void *context, const char *path) {
    struct library *library = context;
    library->started |= strcmp(path, library->path) == 0;
}

/** Tell of a library that calls a malloc of its own. One that others find by its name comes
 * behind ours, if it is there from the beginning; one that is itself found by name is not
 * the library's own. */
static void look_at_library(struct pools *pools, const struct untested_files *files,
                            const char *path) {
    struct library library = {.path = path};
    struct elffile *file = elffile_open(path);
    bool bound = false;
    if (file) {
        elffile_symbols(file, note_malloc, &library);
        bound = (library.exports || library.hides) && elffile_refers(file, "malloc");
        elffile_close(file);
    }
    for (size_t i = 0; i < files->count && library.exports && !bound; i++) {
        libraries_list(files->programs[i], note_started, &library);
    }
    bool own = library.exports ? !library.started : library.hides;
    bool patched = files->later && later_has_malloc(files->later, path);
    if (own && !bound && !patched && pools->count < POOLS_MAX) {
        pools->list[pools->count++] =
            (struct own_pool){.what = "allocations of a library that has its own malloc",
                              .symbol = "malloc",
                              .module = path_base(path)};
    }
}

static bool note_new(void *context, const struct elffile_symbol *symbol) {
    bool *found = context;
    *found |= symbol->function && strcmp(symbol->name, "_Znwm") == 0;
    return true;
}

/** Whether a file has an operator new that no function for memory is behind, as far as can be
 * seen. */
static bool has_own_new(const struct elffile *file) {
    static const char *const behind[] = {"malloc",         "calloc",        "realloc",
                                         "posix_memalign", "aligned_alloc", "memalign"};
    bool found = false;
    elffile_symbols(file, note_new, &found);
    for (size_t i = 0; found && i < sizeof(behind) / sizeof(behind[0]); i++) {
        found = !elffile_wants(file, behind[i]);
    }
    return found;
}

/** Tell of a malloc or an operator new that the program keeps to itself: its own calls go there,
 * and those of libraries do not. */
static void look_at_program(struct pools *pools, const char *binary) {
    struct library library = {.path = binary};
    struct elffile *file = elffile_open(binary);
    bool news = false;
    // A static program exports nothing.
    if (file && elffile_has_interpreter(file)) {
        elffile_symbols(file, note_malloc, &library);
        news = !library.exports && has_own_new(file);
    }
    elffile_close(file);
    if (library.hides && !library.exports) {
        const struct own_pool own = {
            .what = "allocations by the program's own malloc, which it does not export",
            .symbol = "malloc",
            .module = path_base(binary),
            .remedy =
                "export it, or explore the program with --allocation malloc:size=1"};
        add(pools, &own);
    }
    if (news) {
        const struct own_pool own = {.what =
                                         "allocations by the program's own operator new",
                                     .symbol = "operator new",
                                     .module = path_base(binary)};
        add(pools, &own);
    }
}

/** Whether a file is one of the programs, by its name. */
static bool is_program(const struct untested_files *files, const char *name) {
    bool is = files->image && strcmp(name, files->image) == 0;
    for (size_t i = 0; i < files->count && !is; i++) {
        is = strcmp(name, path_base(files->programs[i])) == 0;
    }
    return is;
}

void untested_look_at(struct pools *pools, const struct untested_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        pools_look(pools, files->programs[i]);
        look_at_program(pools, files->programs[i]);
    }
    for (uint32_t i = 0; i < files->modules->count; i++) {
        const char *name = modules_name(files->modules, i);
        if (name && !callname_is_library(name)) {
            pools_look(pools, files->modules->entries[i].path);
            if (!is_program(files, name)) {
                look_at_library(pools, files, files->modules->entries[i].path);
            }
        }
    }
}

void untested_look_around(struct pools *pools, uint64_t apart, bool maps,
                          const char *program) {
    struct own_pool own = mapped;
    own.module = program;
    look_apart(pools, apart);
    if (maps) {
        add(pools, &own);
    }
}

/** The functions of --also that a file has itself. */
struct own_functions {
    mf_functions also, found;
};

static bool note_own(void *context, const struct elffile_symbol *symbol) {
    struct own_functions *own = context;
    if (symbol->function && symbol->global) {
        own->found |= own->also & mf_resource_read(symbol->name);
    }
    return true;
}

/** Tell which functions of --also the program has itself, as with a sanitizer's run-time
 * inside: no linkage table leads to them. */
static void look_at_own(struct pools *pools, const struct campaign *campaign) {
    struct own_functions own = {.also = campaign->options->also};
    const char *binary = campaign->preflight->program.binary;
    const char *slash = strrchr(binary, '/');
    struct elffile *file = own.also ? elffile_open(binary) : NULL;
    if (file) {
        elffile_symbols(file, note_own, &own);
        elffile_close(file);
    }
    for (unsigned i = 0; i < MF_FUNCTION_COUNT && pools->count < POOLS_MAX; i++) {
        if (own.found & MF_FUNCTION_BIT(i)) {
            own.found &= ~MF_FUNCTION_BIT(i);
            bool last = pools->count + 1 == POOLS_MAX;
            pools->list[pools->count++] = (struct own_pool){
                .what = last && own.found
                            ? "more functions of --also that the program has itself"
                            : "a function of --also that the program has itself",
                .symbol = mf_function_name(i),
                .module = slash ? slash + 1 : binary,
                .remedy = "link it dynamically",
            };
        }
    }
}

/** Leave out what is made to fail by its name. */
static void leave_out_named(struct pools *pools, const struct mf_patches *patches) {
    size_t kept = 0;
    for (size_t i = 0; i < pools->count; i++) {
        bool named = false;
        for (unsigned k = 0; k < patches->named_count; k++) {
            named |= strcmp(pools->list[i].symbol, patches->named[k].name) == 0;
        }
        pools->list[kept] = pools->list[i];
        kept += !named;
    }
    pools->count = kept;
}

void untested_find(struct pools *pools, const struct campaign *campaign) {
    const struct oracle *oracle = &campaign->oracle;
    const char *const program = campaign->preflight->program.binary;
    const struct untested_files files = {.programs = &program,
                                         .count = 1,
                                         .image = oracle->image,
                                         .modules = &oracle->stacks.modules,
                                         .later = &oracle->later};
    *pools = (struct pools){.count = 0};
    untested_look_inside(pools, campaign->preflight);
    untested_look_at(pools, &files);
    untested_look_around(pools, oracle->apart, oracle->mapped && !pools->any, NULL);
    leave_out_named(pools, &campaign->preflight->patches.plan);
    look_in_line(pools, campaign->preflight);
    look_at_clones(pools, &campaign->preflight->patches);
    look_at_own(pools, campaign);
}
