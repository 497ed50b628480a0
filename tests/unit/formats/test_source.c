// SPDX-License-Identifier: MIT
// Source files beside what is said of them: those that are shown again and again are not
// read as often.
#include "runner/formats/source.h"

#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/test_source.XXXXXX";
static struct document document;

static void set_up(void) {
    strcpy(folder, "/tmp/test_source.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    json_t *root = json_object();
    ck_assert_int_eq(document_make(&document, root, folder), 0);
}

static void clean_up(void) {
    document_destroy(&document);
    rmdir(folder);
}

/** The path of a file by its number. */
static const char *path_of(int number) {
    static char path[sizeof(folder) + 16];
    snprintf(path, sizeof(path), "%s/%d.c", folder, number);
    return path;
}

/** Make files of two lines, numbered from 0. */
static void make_files(int count) {
    for (int i = 0; i < count; i++) {
        FILE *file = fopen(path_of(i), "w");
        ck_assert_ptr_nonnull(file);
        fprintf(file, "int x%d;\nint y;", i);
        fclose(file);
    }
}

START_TEST(a_file_is_read_once_where_few_are_shown) {
    struct sources sources = {.document = &document};
    make_files(SOURCES_KEPT);
    for (int i = 0; i < SOURCES_KEPT; i++) {
        ck_assert_ptr_nonnull(sources_get(&sources, path_of(i)));
        unlink(path_of(i));
    }
    for (int i = SOURCES_KEPT; i-- > 0;) {
        char line[32];
        const struct source *source = sources_get(&sources, path_of(i));
        snprintf(line, sizeof(line), "int x%d;", i);
        ck_assert_ptr_nonnull(source);
        ck_assert_int_eq(source->count, 2);
        ck_assert_str_eq(source->lines[0], line);
    }
    sources_destroy(&sources);
}
END_TEST

START_TEST(no_more_than_a_few_are_kept) {
    struct sources sources = {.document = &document};
    make_files(SOURCES_KEPT + 1);
    for (int i = 0; i <= SOURCES_KEPT; i++) {
        ck_assert_ptr_nonnull(sources_get(&sources, path_of(i)));
        unlink(path_of(i));
    }
    ck_assert_ptr_null(sources_get(&sources, path_of(0)));
    ck_assert_ptr_nonnull(sources_get(&sources, path_of(1)));
    sources_destroy(&sources);
}
END_TEST

START_TEST(what_cannot_be_shown_is_nothing) {
    struct sources sources = {.document = &document};
    ck_assert_ptr_null(sources_get(&sources, NULL));
    ck_assert_ptr_null(sources_get(&sources, path_of(7)));
    ck_assert_ptr_null(sources_get(&sources, "/etc/passwd"));
    sources_destroy(&sources);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("source");
    TCase *tests = tcase_create("source");
    tcase_add_checked_fixture(tests, set_up, clean_up);
    tcase_add_test(tests, a_file_is_read_once_where_few_are_shown);
    tcase_add_test(tests, no_more_than_a_few_are_kept);
    tcase_add_test(tests, what_cannot_be_shown_is_nothing);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
