// SPDX-License-Identifier: MIT
// What naming asks of libdw: in a unit of many functions, as in one of few, each function
// is read once, however many places there are.
#include "runner/code/elffile.h"
#include "runner/code/symbol.h"
#include "unit/traced.h"
#include "unit/unit.h"

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <string.h>

/** How many functions the victim has, and the most steps each may take: it, and what is
 * in it. */
#define FUNCTIONS 128
#define STEPS     10

/** Steps from DIE to DIE, and questions that libdw goes through all DIEs or symbols for. */
static size_t steps, walks;

// In front of libdw's own.
#define ITS_OWN(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

int dwarf_siblingof(Dwarf_Die *die, Dwarf_Die *result) {
    steps++;
    return ITS_OWN(dwarf_siblingof)(die, result);
}

int dwarf_getscopes(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **scopes) {
    walks++;
    return ITS_OWN(dwarf_getscopes)(unit, address, scopes);
}

int dwarf_getscopes_die(Dwarf_Die *die, Dwarf_Die **scopes) {
    walks++;
    return ITS_OWN(dwarf_getscopes_die)(die, scopes);
}

const char *dwfl_module_addrinfo(Dwfl_Module *module, GElf_Addr address, GElf_Off *offset,
                                 GElf_Sym *symbol, GElf_Word *section, Elf **elf,
                                 Dwarf_Addr *bias) {
    walks++;
    return ITS_OWN(dwfl_module_addrinfo)(module, address, offset, symbol, section, elf,
                                         bias);
}

/** A victim's file, as a module. */
struct scene {
    struct modules modules;
    struct symbols *symbols;
    struct elffile *file;
    uint32_t module;
    size_t named;
};

static void scene_begin(struct scene *scene) {
    char path[4096];
    struct mf_module module = {0};
    *scene = (struct scene){0};
    traced_path(path, "many");
    ck_assert_uint_lt(strlen(path), sizeof(module.path));
    strcpy(module.path, path);
    scene->file = elffile_open(path);
    ck_assert_ptr_nonnull(scene->file);
    scene->module = modules_add(&scene->modules, &module);
    scene->symbols = symbols_new(&scene->modules);
}

static void scene_end(struct scene *scene) {
    symbols_free(scene->symbols);
    elffile_close(scene->file);
    modules_destroy(&scene->modules);
}

/** Name all the bytes of a function, and check the names. */
static bool name_function(void *context, const struct elffile_symbol *symbol) {
    struct scene *scene = context;
    bool inlined = false;
    if (!symbol->function || strncmp(symbol->name, "many_", 5) != 0) {
        return true;
    }
    for (uint64_t at = 0; at < symbol->size; at++) {
        struct frame frame = {scene->module,
                              symbol->address + at - elffile_base(scene->file)};
        struct symbol_list list = symbols_find(scene->symbols, frame, false);
        ck_assert_str_eq(list.symbols[list.count - 1].function, symbol->name);
        ck_assert_uint_eq(list.symbols[list.count - 1].displacement, at);
        inlined |= list.count == 2 && list.symbols[0].inlined &&
                   strcmp(list.symbols[0].function, "allocate") == 0;
    }
    ck_assert(inlined);
    scene->named++;
    return true;
}

START_TEST(a_unit_is_read_once) {
    struct scene scene;
    scene_begin(&scene);
    steps = walks = 0;
    elffile_symbols(scene.file, name_function, &scene);
    ck_assert_uint_eq(scene.named, FUNCTIONS);
    ck_assert_uint_eq(walks, 0);
    ck_assert_uint_gt(steps, FUNCTIONS);
    ck_assert_uint_le(steps, STEPS * FUNCTIONS);
    scene_end(&scene);
}
END_TEST

START_TEST(symbols_are_read_once) {
    struct scene scene;
    scene_begin(&scene);
    walks = 0;
    // In front of all code, where no function is.
    for (uint64_t offset = 1; offset < 100; offset++) {
        struct frame frame = {scene.module, offset};
        ck_assert_ptr_null(symbols_find(scene.symbols, frame, false).symbols[0].function);
    }
    ck_assert_uint_eq(walks, 0);
    scene_end(&scene);
}
END_TEST

START_TEST(what_was_not_asked_is_not_known) {
    struct scene scene;
    scene_begin(&scene);
    struct frame frame = {scene.module, 1};
    ck_assert_ptr_null(symbols_known(scene.symbols, frame, false));
    symbols_find(scene.symbols, frame, false);
    ck_assert_ptr_nonnull(symbols_known(scene.symbols, frame, false));
    ck_assert_ptr_null(symbols_known(scene.symbols, frame, true));
    scene_end(&scene);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("unitcode");
    TCase *test = tcase_create("unitcode");
    tcase_set_timeout(test, 60);
    tcase_add_test(test, a_unit_is_read_once);
    tcase_add_test(test, symbols_are_read_once);
    tcase_add_test(test, what_was_not_asked_is_not_known);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
