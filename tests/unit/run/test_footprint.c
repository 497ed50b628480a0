// SPDX-License-Identifier: MIT
#include "runner/run/footprint.h"

#include "unit/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct footprint footprint;
static struct footprint_names names;
static char folder[] = "footprint.XXXXXX";

static void begin(void) {
    char *argv[] = {folder, NULL};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    footprint_begin(&footprint, argv);
}

static void end(void) {
    footprint_forget(&names);
    footprint_end(&footprint);
    footprint_destroy(&footprint);
    ck_assert_int_eq(rmdir(folder), 0);
}

/** The path of a file in the watched folder. */
static const char *path_of(const char *name) {
    static char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int create(const char *name) {
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/** How many names there are in the folder: other tests write elsewhere at the same time. */
static size_t count(void) {
    size_t found = 0;
    for (size_t i = 0; i < names.count; i++) {
        found += strncmp(names.list[i], folder, strlen(folder)) == 0;
    }
    return found;
}

START_TEST(a_file_that_each_run_writes_is_a_fixed_one) {
    for (int run = 0; run < 3; run++) {
        int fd = create("state");
        ck_assert_int_eq(write(fd, "x", 1), 1);
        close(fd);
        run == 0 ? footprint_read(&footprint, &names)
                 : footprint_keep_written(&footprint, &names);
    }
    ck_assert_uint_eq(count(), 1);
    unlink(path_of("state"));
}
END_TEST

START_TEST(a_file_that_several_runs_are_too_short_for_is_somebody_elses) {
    int fd = create("compiled.s");
    footprint_read(&footprint, &names);
    ck_assert_uint_eq(count(), 1);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    footprint_keep_written(&footprint, &names);
    ck_assert_uint_eq(count(), 0);
    close(fd);
    unlink(path_of("compiled.s"));
}
END_TEST

START_TEST(a_file_that_is_only_removed_was_not_written) {
    close(create("compiled.s"));
    footprint_read(&footprint, &names);
    unlink(path_of("compiled.s"));
    footprint_keep_written(&footprint, &names);
    ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(nothing_that_is_written_to_a_fifo_stays_there) {
    ck_assert_int_eq(mkfifo(path_of("bell"), 0600), 0);
    int fd = open(path_of("bell"), O_RDWR);
    close(fd);
    footprint_read(&footprint, &names);
    ck_assert_uint_eq(count(), 0);
    unlink(path_of("bell"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("footprint");
    TCase *test = tcase_create("footprint");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, a_file_that_each_run_writes_is_a_fixed_one);
    tcase_add_test(test, a_file_that_several_runs_are_too_short_for_is_somebody_elses);
    tcase_add_test(test, a_file_that_is_only_removed_was_not_written);
    tcase_add_test(test, nothing_that_is_written_to_a_fifo_stays_there);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
