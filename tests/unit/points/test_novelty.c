// SPDX-License-Identifier: MIT
#include "runner/points/novelty.h"

#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

enum { PROGRAM, LIBC };

static struct mf_module modules[] = {{.path = "/usr/bin/prog"}, {.path = "/libc.so.6"}};
static char prog[] = "prog", libc[] = "libc.so.6";
static char *names[] = {prog, libc};

/** Points of stacks that are written as letters, innermost first; small ones are frames of
 * the C library. */
struct scene {
    struct point list[16];
    struct stacks_entry entries[16];
    struct frame frames[256];
    struct points points;
    struct stacks stacks;
};

static void scene_add(struct scene *scene, const char *letters) {
    size_t at = scene->points.count++;
    struct stacks_entry *entry = &scene->entries[at];
    entry->id = at + 1;
    entry->first = (uint32_t)scene->stacks.frame_count;
    for (; *letters; letters++) {
        bool own = *letters < 'a';
        entry->count++;
        entry->near = own && !entry->near ? entry->count : entry->near;
        entry->own = entry->near;
        scene->frames[scene->stacks.frame_count++] =
            (struct frame){own ? PROGRAM : LIBC, (uint64_t)*letters};
    }
    scene->list[at] =
        (struct point){.number = at + 1, .stack_id = at + 1, .novelty = NOVEL_STACK};
    scene->stacks.count++;
}

/** The order of stacks that are given with blanks between them: their numbers. */
static const char *ordered(struct scene *scene, const char *text) {
    static char order[17];
    char word[32];
    *scene = (struct scene){0};
    for (int used; sscanf(text, "%31s%n", word, &used) == 1; text += used) {
        scene_add(scene, word);
    }
    scene->points.list = scene->list;
    scene->stacks.list = scene->entries;
    scene->stacks.frames = scene->frames;
    scene->stacks.modules = (struct modules){modules, names, 2, 2};
    ck_assert_int_eq(novelty_order(&scene->points, &scene->stacks), 0);
    memset(order, 0, sizeof(order));
    for (size_t i = 0; i < scene->points.count; i++) {
        order[i] = (char)('0' + scene->points.list[i].number);
    }
    return order;
}

static struct scene scene;

START_TEST(each_call_site_comes_first) {
    ck_assert_str_eq(ordered(&scene, "AM AX BM BX CM"), "13524");
    ck_assert_int_eq(scene.points.list[2].novelty, NOVEL_OWN);
    ck_assert_int_eq(scene.points.list[3].novelty, NOVEL_PATH_2);
}
END_TEST

START_TEST(the_nearer_a_difference_the_sooner) {
    ck_assert_str_eq(ordered(&scene, "ABCDEFGHIM ABCDEFGHIN ABCDM ABXM AYM"), "15432");
    ck_assert_int_eq(scene.points.list[4].novelty, NOVEL_PATH);
}
END_TEST

START_TEST(what_the_run_time_libraries_do_comes_after_all_paths) {
    ck_assert_str_eq(ordered(&scene, "aAM acAM aAN"), "132");
    ck_assert_int_eq(scene.points.list[2].novelty, NOVEL_STACK);
}
END_TEST

START_TEST(a_new_caller_in_a_library_comes_before_new_paths) {
    ck_assert_str_eq(ordered(&scene, "aAM aAN bAM"), "132");
    ck_assert_int_eq(scene.points.list[1].novelty, NOVEL_CALLER);
}
END_TEST

START_TEST(second_and_last_allocations_come_in_the_end) {
    scene = (struct scene){0};
    ordered(&scene, "AM BM CM");
    scene.list[0] = (struct point){.number = 1, .stack_id = 1, .novelty = NOVEL_LAST};
    scene.list[1] = (struct point){.number = 2, .stack_id = 1, .novelty = NOVEL_SECOND};
    scene.list[2] = (struct point){.number = 3, .stack_id = 3, .novelty = NOVEL_STACK};
    ck_assert_int_eq(novelty_order(&scene.points, &scene.stacks), 0);
    ck_assert_uint_eq(scene.list[0].number, 3);
    ck_assert_uint_eq(scene.list[1].number, 2);
    ck_assert_uint_eq(scene.list[2].number, 1);
}
END_TEST

START_TEST(stacks_without_frames_are_all_different) {
    ordered(&scene, "AM BM");
    scene.list[0] = (struct point){.number = 1, .stack_id = 77, .novelty = NOVEL_STACK};
    scene.list[1] = (struct point){.number = 2, .stack_id = 78, .novelty = NOVEL_STACK};
    ck_assert_int_eq(novelty_order(&scene.points, &scene.stacks), 0);
    ck_assert_int_eq(scene.list[0].novelty, NOVEL_OWN);
    ck_assert_int_eq(scene.list[1].novelty, NOVEL_OWN);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("novelty");
    TCase *tests = tcase_create("order");
    tcase_add_test(tests, each_call_site_comes_first);
    tcase_add_test(tests, the_nearer_a_difference_the_sooner);
    tcase_add_test(tests, what_the_run_time_libraries_do_comes_after_all_paths);
    tcase_add_test(tests, a_new_caller_in_a_library_comes_before_new_paths);
    tcase_add_test(tests, second_and_last_allocations_come_in_the_end);
    tcase_add_test(tests, stacks_without_frames_are_all_different);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
