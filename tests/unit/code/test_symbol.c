// SPDX-License-Identifier: MIT
// Names for places: in victims that were built with and without what there is to find.
#include "runner/code/symbol.h"

#include "core/policy/mix.h"
#include "runner/code/unpack.h"
#include "runner/crash/unwind.h"
#include "unit/traced.h"
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** The innermost frames of a crashed victim, which is gone by now. */
struct crash {
    struct modules modules;
    struct raw_stack stack;
    struct symbols *symbols;
};

static void crash_of(struct crash *crash, const char *victim, const char *how) {
    struct traced traced;
    *crash = (struct crash){0};
    traced_start(&traced, victim, how);
    struct stopped stopped;
    ck_assert_int_eq(stopped_open(&stopped, traced.pid, &crash->modules), 0);
    ck_assert_int_eq(stopped_turn_to(&stopped, traced.tid), 0);
    struct unwind *unwind = unwind_open(&stopped);
    ck_assert_ptr_nonnull(unwind);
    ck_assert_int_eq(unwind_walk(unwind, 50, &crash->stack), 0);
    unwind_close(unwind);
    stopped_close(&stopped);
    traced_end(&traced);
    crash->symbols = symbols_new(&crash->modules);
    ck_assert_ptr_nonnull(crash->symbols);
}

static void crash_end(struct crash *crash) {
    symbols_free(crash->symbols);
    free(crash->stack.frames);
    modules_destroy(&crash->modules);
}

static struct symbol_list names(const struct crash *crash, size_t index) {
    return symbols_find(crash->symbols, crash->stack.frames[index],
                        !raw_stack_is_exact(&crash->stack, index));
}

/** Whether a path ends in a file's name. */
static int is_file(const char *path, const char *name) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    return path && strcmp(slash ? slash + 1 : path, name) == 0;
}

START_TEST(debug_information_has_files_and_lines) {
    struct crash crash;
    crash_of(&crash, "nest", "outer");
    struct symbol_list inner = names(&crash, 1);
    ck_assert_uint_eq(inner.count, 1);
    ck_assert_str_eq(inner.symbols[0].function, "inner");
    ck_assert_str_eq(inner.symbols[0].short_name, "inner");
    ck_assert_str_eq(inner.symbols[0].linkage, "inner");
    ck_assert(is_file(inner.symbols[0].file, "nest.c"));
    ck_assert(!inner.symbols[0].inlined);
    ck_assert_uint_gt(inner.symbols[0].displacement, 0);
    // The functions follow each other, and so do the lines of their calls.
    int line = names(&crash, 0).symbols[0].line;
    ck_assert_int_gt(line, 0);
    ck_assert_int_eq(inner.symbols[0].line, line + 5);
    ck_assert_int_eq(names(&crash, 2).symbols[0].line, line + 10);
    crash_end(&crash);
}
END_TEST

START_TEST(inlined_calls_are_told_apart) {
    struct crash crash;
    crash_of(&crash, "nest", "inlined");
    struct symbol_list calls = names(&crash, 1);
    ck_assert_uint_eq(calls.count, 3);
    ck_assert_str_eq(calls.symbols[0].function, "inlined_inner");
    ck_assert_str_eq(calls.symbols[1].function, "inlined_outer");
    ck_assert_str_eq(calls.symbols[2].function, "around_inlined");
    ck_assert(calls.symbols[0].inlined && calls.symbols[1].inlined);
    ck_assert(!calls.symbols[2].inlined);
    ck_assert_ptr_null(calls.symbols[0].linkage);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(is_file(calls.symbols[i].file, "nest.c"));
    }
    ck_assert_int_eq(calls.symbols[1].line, calls.symbols[0].line + 5);
    ck_assert_int_eq(calls.symbols[2].line, calls.symbols[0].line + 10);
    crash_end(&crash);
}
END_TEST

START_TEST(a_place_is_looked_up_once) {
    struct crash crash;
    crash_of(&crash, "nest", "outer");
    for (size_t i = 0; i < crash.stack.count; i++) {
        ck_assert_ptr_eq(names(&crash, i).symbols, names(&crash, i).symbols);
    }
    crash_end(&crash);
}
END_TEST

START_TEST(a_stripped_program_has_its_dynamic_names_only) {
    struct crash crash;
    crash_of(&crash, "nest-stripped", "library");
    for (size_t i = 0; i < 4; i++) {
        struct symbol_list list = names(&crash, i);
        ck_assert_uint_eq(list.count, 1);
        ck_assert_ptr_null(list.symbols[0].function);
        ck_assert_ptr_null(list.symbols[0].short_name);
        ck_assert_ptr_null(list.symbols[0].file);
    }
    struct symbol_list through = names(&crash, 5);
    ck_assert_str_eq(through.symbols[0].function, "nest_through");
    crash_end(&crash);
}
END_TEST

START_TEST(a_place_is_named_after_what_its_caller_called) {
    struct crash crash;
    crash_of(&crash, "nest-stripped", "library");
    struct symbol nameless = {.displacement = 3};
    const struct symbol *called =
        symbols_called(crash.symbols, &nameless, crash.stack.frames[6]);
    ck_assert_str_eq(called->function, "nest_through");
    ck_assert_uint_eq(called->displacement, 3);
    // The frames of the program's own call each other directly.
    called = symbols_called(crash.symbols, &nameless, crash.stack.frames[1]);
    ck_assert_ptr_eq(called, &nameless);
    crash_end(&crash);
}
END_TEST

START_TEST(a_symbol_table_without_debug_information_will_do) {
    struct crash crash;
    crash_of(&crash, "nest-bare", "outer");
    static const char *const wanted[] = {"stand", "inner", "middle", "outer", "main"};
    for (size_t i = 0; i < 5; i++) {
        struct symbol_list list = names(&crash, i);
        ck_assert_str_eq(list.symbols[0].function, wanted[i]);
        ck_assert_str_eq(list.symbols[0].linkage, wanted[i]);
        ck_assert_ptr_null(list.symbols[0].file);
        ck_assert_int_eq(list.symbols[0].line, 0);
    }
    crash_end(&crash);
}
END_TEST

START_TEST(cplusplus_names_are_decoded) {
    static const struct {
        const char *function, *short_name;
    } wanted[] = {
        {"(anonymous namespace)::hidden(int)", "(anonymous namespace)::hidden"},
        {"shop::Box<int>::open(int const&)", "shop::Box::open"},
        {"shop::Box<int>::operator<(shop::Box<int> const&)", "shop::Box::operator<"},
        {"shop::Box<int>::operator int()", "shop::Box::operator int"},
    };
    struct crash crash;
    crash_of(&crash, "names", NULL);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct symbol_list list = names(&crash, i);
        const struct symbol *symbol = &list.symbols[list.count - 1];
        ck_assert_str_eq(symbol->function, wanted[i].function);
        ck_assert_str_eq(symbol->short_name, wanted[i].short_name);
        ck_assert_int_eq(strncmp(symbol->linkage, "_Z", 2), 0);
        ck_assert(is_file(symbol->file, "names.cc"));
    }
    crash_end(&crash);
}
END_TEST

/** Name a place in a module that is said to be a victim's file. */
static bool has_name(const char *victim, uint64_t offset, unsigned char id_length) {
    char path[4096];
    struct modules modules = {0};
    struct mf_module module = {.build_id_length = id_length};
    traced_path(path, victim);
    ck_assert_uint_lt(strlen(path), sizeof(module.path));
    snprintf(module.path, sizeof(module.path), "%.200s", path);
    struct frame frame = {modules_add(&modules, &module), offset};
    struct symbols *symbols = symbols_new(&modules);
    bool named = symbols_find(symbols, frame, true).symbols[0].function;
    symbols_free(symbols);
    modules_destroy(&modules);
    return named;
}

START_TEST(a_file_with_another_build_id_is_not_believed) {
    struct crash crash;
    crash_of(&crash, "nest", "outer");
    uint64_t offset = crash.stack.frames[1].offset;
    ck_assert(has_name("nest", offset, 0));
    ck_assert(!has_name("nest", offset, 20));
    ck_assert(!has_name("no-such-file", offset, 0));
    crash_end(&crash);
}
END_TEST

START_TEST(places_outside_of_modules_have_no_name) {
    struct modules modules = {0};
    struct symbols *symbols = symbols_new(&modules);
    struct frame frame = {MODULE_NONE, 16};
    struct symbol_list list = symbols_find(symbols, frame, false);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_ptr_null(list.symbols[0].function);
    frame.module = 12345;
    ck_assert_uint_eq(symbols_find(symbols, frame, true).count, 1);
    symbols_free(symbols);
    symbols_free(NULL);
}
END_TEST

/** Whether an unpacked debug file is there for one of the modules. */
static bool is_unpacked(struct unpack *unpack, const struct modules *modules) {
    bool found = false;
    for (size_t i = 0; i < modules->count; i++) {
        const struct mf_module *module = &modules->entries[i];
        const char *path = NULL;
        int fd = unpack_open(unpack, module->build_id, module->build_id_length, &path);
        if (fd >= 0) {
            ck_assert_int_eq(access(path, R_OK), 0);
            close(fd);
            found = true;
        }
    }
    return found;
}

static bool is_same(const char *one, const char *other) {
    return one && other ? strcmp(one, other) == 0 : one == other;
}

START_TEST(an_unpacked_debug_file_gives_the_same_names) {
    struct crash crash;
    crash_of(&crash, "nest", "outer");
    struct unpack *unpack = unpack_new();
    struct symbols *symbols = symbols_new(&crash.modules);
    symbols_expect(symbols, unpack);
    // Without the C library's debug file there is nothing to unpack; others may keep the
    // process from its work for long.
    for (int i = 0; unpack && i < 200 && !is_unpacked(unpack, &crash.modules); i++) {
    }
    ck_assert(!unpack || is_unpacked(unpack, &crash.modules));
    for (size_t i = 0; i < crash.stack.count; i++) {
        struct symbol_list packed = names(&crash, i);
        struct symbol_list list = symbols_find(symbols, crash.stack.frames[i],
                                               !raw_stack_is_exact(&crash.stack, i));
        ck_assert_uint_eq(list.count, packed.count);
        for (size_t k = 0; k < list.count; k++) {
            ck_assert(is_same(list.symbols[k].function, packed.symbols[k].function));
            ck_assert(is_same(list.symbols[k].file, packed.symbols[k].file));
            ck_assert_int_eq(list.symbols[k].line, packed.symbols[k].line);
        }
    }
    symbols_free(symbols);
    unpack_free(unpack);
    crash_end(&crash);
}
END_TEST

START_TEST(modules_may_be_added_meanwhile) {
    struct crash crash;
    crash_of(&crash, "nest", "outer");
    names(&crash, 0);
    for (int i = 0; i < 100; i++) {
        struct mf_module module = {0};
        snprintf(module.path, sizeof(module.path), "/no/such/file%d", i);
        struct frame frame = {modules_add(&crash.modules, &module), 1};
        ck_assert_ptr_null(symbols_find(crash.symbols, frame, false).symbols[0].function);
    }
    ck_assert_str_eq(names(&crash, 1).symbols[0].function, "inner");
    crash_end(&crash);
}
END_TEST

/** What mf_mix() makes a word of, undone. */
static uint64_t unmix(uint64_t word) {
    word ^= word >> 31 ^ word >> 62;
    word *= UINT64_C(0x319642b2d24d8ec3);
    word ^= word >> 27 ^ word >> 54;
    word *= UINT64_C(0x96de1b173f119089);
    return word ^ word >> 30 ^ word >> 60;
}

/** The time that the process has used. */
static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(no_file_can_have_places_pile_up) {
    struct modules modules = {0};
    struct symbols *symbols = symbols_new(&modules);
    double began = cpu_seconds();
    ck_assert_uint_eq(mf_mix(unmix(12345)), 12345);
    // Without a seed each of them would be looked for behind all that came before.
    for (uint64_t i = 1; i <= 120000; i++) {
        uint64_t offset = unmix(i << 32) ^ mf_mix((uint64_t)MODULE_NONE * 2);
        struct frame frame = {MODULE_NONE, offset};
        ck_assert_uint_eq(symbols_find(symbols, frame, false).count, 1);
    }
    ck_assert_double_lt(cpu_seconds() - began, 2);
    symbols_free(symbols);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("symbol");
    TCase *test = tcase_create("symbol");
    tcase_set_timeout(test, 60);
    tcase_add_test(test, debug_information_has_files_and_lines);
    tcase_add_test(test, inlined_calls_are_told_apart);
    tcase_add_test(test, a_place_is_looked_up_once);
    tcase_add_test(test, a_stripped_program_has_its_dynamic_names_only);
    tcase_add_test(test, a_place_is_named_after_what_its_caller_called);
    tcase_add_test(test, a_symbol_table_without_debug_information_will_do);
    tcase_add_test(test, cplusplus_names_are_decoded);
    tcase_add_test(test, a_file_with_another_build_id_is_not_believed);
    tcase_add_test(test, places_outside_of_modules_have_no_name);
    tcase_add_test(test, an_unpacked_debug_file_gives_the_same_names);
    tcase_add_test(test, modules_may_be_added_meanwhile);
    tcase_add_test(test, no_file_can_have_places_pile_up);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
