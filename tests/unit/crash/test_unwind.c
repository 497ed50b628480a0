// SPDX-License-Identifier: MIT
// Stacks of real processes that crashed.
#include "runner/code/symbol.h"
#include "runner/crash/unwind.h"
#include "unit/traced.h"
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** A crashed victim with its stack. */
struct scene {
    struct traced traced;
    struct modules modules;
    struct stopped stopped;
    struct unwind *unwind;
    struct raw_stack stack;
    struct symbols *symbols;
};

static void scene_of(struct scene *scene, const char *path, const char *how,
                     size_t most) {
    *scene = (struct scene){0};
    traced_start(&scene->traced, path, how);
    ck_assert_int_eq(stopped_open(&scene->stopped, scene->traced.pid, &scene->modules),
                     0);
    ck_assert_int_eq(stopped_turn_to(&scene->stopped, scene->traced.tid), 0);
    scene->unwind = unwind_open(&scene->stopped);
    ck_assert_ptr_nonnull(scene->unwind);
    ck_assert_int_eq(unwind_walk(scene->unwind, most, &scene->stack), 0);
    scene->symbols = symbols_new(&scene->modules);
    ck_assert_ptr_nonnull(scene->symbols);
}

static void scene_end(struct scene *scene) {
    symbols_free(scene->symbols);
    free(scene->stack.frames);
    unwind_close(scene->unwind);
    stopped_close(&scene->stopped);
    modules_destroy(&scene->modules);
    traced_end(&scene->traced);
}

/** The function a frame is in, not what was inlined there; "?" where it has no name. */
static const char *name_of(const struct scene *scene, size_t index) {
    struct symbol_list list = symbols_find(scene->symbols, scene->stack.frames[index],
                                           !raw_stack_is_exact(&scene->stack, index));
    const char *name = list.symbols[list.count - 1].short_name;
    return name ? name : "?";
}

/** Check the functions from a frame on, a list of names with blanks between. */
static void expect_from(const struct scene *scene, size_t first, const char *names) {
    char got[1024] = "";
    size_t wanted = 1;
    for (const char *blank = names; (blank = strchr(blank, ' ')); blank++) {
        wanted++;
    }
    for (size_t i = first; i < first + wanted && i < scene->stack.count; i++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof(got) - used, "%s%s", i > first ? " " : "",
                 name_of(scene, i));
    }
    ck_assert_str_eq(got, names);
}

/** Crash the victim `nest` in one way and check the innermost functions. */
static void expect(const char *how, const char *names) {
    struct scene scene;
    scene_of(&scene, "nest", how, 1000);
    expect_from(&scene, 0, names);
    ck_assert(!scene.stack.cut);
    scene_end(&scene);
}

START_TEST(functions_come_innermost_first) {
    expect("outer", "stand inner middle outer main");
}
END_TEST

START_TEST(a_thread_has_a_stack_of_its_own) {
    expect("thread", "stand inner middle outer run_thread");
}
END_TEST

START_TEST(a_process_without_its_first_thread_still_has_stacks) {
    expect("without-leader", "stand inner middle outer run_orphan");
}
END_TEST

START_TEST(a_call_through_null_has_a_caller) {
    expect("null", "? call_null main");
}
END_TEST

START_TEST(a_call_into_data_has_a_caller) {
    // Data has a name as well.
    expect("data", "data call_data main");
}
END_TEST

START_TEST(a_library_is_passed_through) {
    expect("library",
           "stand inner middle outer nest_hidden nest_through in_library main");
}
END_TEST

START_TEST(code_without_tables_is_passed_by_its_frame_pointer) {
#ifdef __x86_64__
    expect("made-code", "stand ? in_made_code main");
#endif
}
END_TEST

/** Find the first frame in a function. */
static size_t find(const struct scene *scene, const char *name) {
    size_t index = 0;
    while (index < scene->stack.count && strcmp(name_of(scene, index), name) != 0) {
        index++;
    }
    return index;
}

START_TEST(the_c_library_is_passed_through) {
    struct scene scene;
    scene_of(&scene, "nest", "libc", 1000);
    expect_from(&scene, 0, "stand compare");
    size_t caller = find(&scene, "in_libc");
    ck_assert_uint_gt(caller, 2);
    expect_from(&scene, caller, "in_libc main");
    scene_end(&scene);
}
END_TEST

static void check_handler(const char *how, const char *caller) {
    struct scene scene;
    scene_of(&scene, "nest", how, 1000);
    expect_from(&scene, 0, "stand on_signal");
    size_t raised = find(&scene, "raise_here");
    expect_from(&scene, raised + 1, caller);
    // The frame that the kernel made, and where the signal struck.
    ck_assert_uint_eq(scene.stack.exact_count, 3);
    ck_assert(raw_stack_is_exact(&scene.stack, 0));
    ck_assert(!raw_stack_is_exact(&scene.stack, 1));
    ck_assert(raw_stack_is_exact(&scene.stack, 2));
    ck_assert(raw_stack_is_exact(&scene.stack, 3));
    ck_assert(!raw_stack_is_exact(&scene.stack, 4));
    scene_end(&scene);
}

START_TEST(a_signal_handler_stands_on_what_it_interrupted) {
    check_handler("handler", "in_handler main");
}
END_TEST

START_TEST(a_handler_may_have_another_stack) {
    check_handler("other-stack", "on_other_stack main");
}
END_TEST

START_TEST(a_broken_stack_ends) {
    struct scene scene;
    scene_of(&scene, "nest", "broken", 1000000);
    expect_from(&scene, 0, "stand");
    ck_assert(!scene.stack.cut);
    ck_assert_uint_lt(scene.stack.count, 100);
    scene_end(&scene);
}
END_TEST

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(a_stack_overflow_is_walked_to_its_end) {
    struct scene scene;
    double begun = seconds();
    scene_of(&scene, "nest", "deep-thread", SIZE_MAX);
    printf("# %zu frames, crash included, in %.3f s\n", scene.stack.count,
           seconds() - begun);
    ck_assert_uint_gt(scene.stack.count, 130000);
    ck_assert(!scene.stack.cut);
    ck_assert_uint_lt(find(&scene, "run_deep_thread"), scene.stack.count);
    for (size_t i = 2; i < 130000; i++) {
        ck_assert_uint_eq(scene.stack.frames[i].offset, scene.stack.frames[1].offset);
    }
    scene_end(&scene);
}
END_TEST

START_TEST(no_more_frames_are_taken_than_asked_for) {
    struct scene scene;
    scene_of(&scene, "nest", "outer", 3);
    expect_from(&scene, 0, "stand inner middle");
    ck_assert_uint_eq(scene.stack.count, 3);
    ck_assert(scene.stack.cut);
    scene_end(&scene);
}
END_TEST

START_TEST(a_stack_has_the_same_id_wherever_it_is_loaded) {
    uint64_t ids[2], places[2];
    for (int i = 0; i < 2; i++) {
        struct scene scene;
        scene_of(&scene, "nest", "library", 1000);
        ids[i] = modules_stack_id(&scene.modules, scene.stack.frames, scene.stack.count);
        places[i] = stopped_symbol(&scene.stopped, "nest_through");
        scene_end(&scene);
    }
    ck_assert_uint_eq(ids[0], ids[1]);
    ck_assert_uint_ne(ids[0], modules_stack_id(NULL, NULL, 0));
    // Unless the system loads everything at the same place, it was another one.
    if (places[0] == places[1]) {
        printf("# no ASLR here\n");
    }
}
END_TEST

START_TEST(the_unwinder_inside_finds_the_same_frames) {
    struct scene scene;
    unsigned long inside[64];
    scene_of(&scene, "nest", "told", 1000);
    ck_assert_uint_le(scene.traced.length, sizeof(inside));
    memcpy(inside, scene.traced.output, scene.traced.length);
    size_t count = scene.traced.length / sizeof(inside[0]);
    // Inside, the last one is no address; the first is in the same function as ours.
    while (count > 0 && inside[count - 1] == 0) {
        count--;
    }
    ck_assert_uint_gt(count, 5);
    ck_assert_uint_eq(count, scene.stack.count);
    for (size_t i = 1; i < count; i++) {
        struct frame frame = stopped_frame(&scene.stopped, inside[i]);
        ck_assert_uint_eq(frame.module, scene.stack.frames[i].module);
        ck_assert_uint_eq(frame.offset, scene.stack.frames[i].offset);
    }
    scene_end(&scene);
}
END_TEST

/** Copy a victim to where it can be removed. */
static void copy_victim(const char *victim, const char *to) {
    char from[4096], bytes[65536];
    traced_path(from, victim);
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    ck_assert(in >= 0 && out >= 0);
    for (ssize_t got; (got = read(in, bytes, sizeof(bytes))) > 0;) {
        ck_assert_int_eq(write(out, bytes, (size_t)got), got);
    }
    close(in);
    close(out);
}

START_TEST(a_deleted_program_is_read_out_of_memory) {
    struct scene scene;
    char path[4096];
    traced_path(path, "nest-copy");
    copy_victim("nest", path);
    scene_of(&scene, path, "without-file", 1000);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_uint_gt(scene.stack.count, 5);
    for (size_t i = 1; i < 6; i++) {
        ck_assert_uint_eq(scene.stack.frames[i].module, scene.stack.frames[0].module);
    }
    ck_assert_ptr_nonnull(
        strstr(modules_name(&scene.modules, scene.stack.frames[0].module), "nest-copy"));
    expect_from(&scene, 0, "? ? ? ? ? ?");
    scene_end(&scene);
}
END_TEST

START_TEST(symbols_are_found_by_name) {
    struct scene scene;
    scene_of(&scene, "nest", "outer", 1000);
    uint64_t address = stopped_symbol(&scene.stopped, "nest_through");
    struct frame frame = stopped_frame(&scene.stopped, address);
    ck_assert_str_eq(modules_name(&scene.modules, frame.module), "libnest.so");
    struct symbol_list list = symbols_find(scene.symbols, frame, false);
    ck_assert_str_eq(list.symbols[0].function, "nest_through");
    ck_assert_uint_eq(stopped_symbol(&scene.stopped, "no_such_symbol"), 0);
    scene_end(&scene);
}
END_TEST

START_TEST(addresses_outside_of_modules_are_themselves) {
    struct scene scene;
    scene_of(&scene, "nest", "outer", 1000);
    struct frame frame = stopped_frame(&scene.stopped, 16);
    ck_assert_uint_eq(frame.module, MODULE_NONE);
    ck_assert_uint_eq(frame.offset, 16);
    scene_end(&scene);
}
END_TEST

START_TEST(a_process_that_is_gone_is_an_error) {
    struct modules modules = {0};
    struct stopped stopped;
    errno = 0;
    ck_assert_int_eq(stopped_open(&stopped, 0x7ffffffe, &modules), -1);
    ck_assert_int_ne(errno, 0);
    unwind_close(NULL);
}
END_TEST

START_TEST(a_crash_is_gathered_in_milliseconds) {
    struct traced traced;
    double best = 1;
    traced_start(&traced, "nest", "library");
    for (int i = 0; i < 5; i++) {
        struct modules modules = {0};
        struct raw_stack stack;
        double begun = seconds();
        struct stopped stopped;
        ck_assert_int_eq(stopped_open(&stopped, traced.pid, &modules), 0);
        ck_assert_int_eq(stopped_turn_to(&stopped, traced.tid), 0);
        struct unwind *unwind = unwind_open(&stopped);
        ck_assert_int_eq(unwind_walk(unwind, 1000, &stack), 0);
        unwind_close(unwind);
        stopped_close(&stopped);
        double taken = seconds() - begun;
        best = taken < best ? taken : best;
        free(stack.frames);
        modules_destroy(&modules);
    }
    printf("# %.3f ms\n", best * 1e3);
    // A sanitizer and a busy machine may well take three times as long.
    ck_assert(best < 0.005);
    traced_end(&traced);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("unwind");
    TCase *test = tcase_create("unwind");
    tcase_set_timeout(test, 60);
    tcase_add_test(test, functions_come_innermost_first);
    tcase_add_test(test, a_thread_has_a_stack_of_its_own);
    tcase_add_test(test, a_process_without_its_first_thread_still_has_stacks);
    tcase_add_test(test, a_call_through_null_has_a_caller);
    tcase_add_test(test, a_call_into_data_has_a_caller);
    tcase_add_test(test, a_library_is_passed_through);
    tcase_add_test(test, code_without_tables_is_passed_by_its_frame_pointer);
    tcase_add_test(test, the_c_library_is_passed_through);
    tcase_add_test(test, a_signal_handler_stands_on_what_it_interrupted);
    tcase_add_test(test, a_handler_may_have_another_stack);
    tcase_add_test(test, a_broken_stack_ends);
    tcase_add_test(test, a_stack_overflow_is_walked_to_its_end);
    tcase_add_test(test, no_more_frames_are_taken_than_asked_for);
    tcase_add_test(test, a_stack_has_the_same_id_wherever_it_is_loaded);
    tcase_add_test(test, the_unwinder_inside_finds_the_same_frames);
    tcase_add_test(test, a_deleted_program_is_read_out_of_memory);
    tcase_add_test(test, symbols_are_found_by_name);
    tcase_add_test(test, addresses_outside_of_modules_are_themselves);
    tcase_add_test(test, a_process_that_is_gone_is_an_error);
    tcase_add_test(test, a_crash_is_gathered_in_milliseconds);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
