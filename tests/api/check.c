/* SPDX-License-Identifier: MIT */
/* mallocfail.h in a test of libcheck, whose assertions allocate: so they are paused. */
#include "names.h"

#include <check.h>
#include <mallocfail.h>
#include <stdio.h>
#include <stdlib.h>

START_TEST(adding_survives_a_lack_of_memory) {
    MALLOCFAIL_EACH(n) {
        struct names *names = names_new();
        int added = names ? names_add(names, "Ada") : -1;
        MALLOCFAIL_PAUSED {
            ck_assert(added == 0 || mallocfail_failures(MALLOCFAIL_THREAD) > 0);
            ck_assert(added != 0 || names->count == 1);
        }
        names_free(names);
    }
}
END_TEST

/* Left on purpose in the middle of a loop: without fork by longjmp(). */
START_TEST(a_failed_assertion_leaves_the_loop) {
    MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_FROM) {
        struct names *names = names_new();
        MALLOCFAIL_PAUSED {
            ck_assert_msg(names != NULL, "no list in pass %u", (unsigned)n);
        }
        names_free(names);
    }
}
END_TEST

START_TEST(the_next_test_has_memory) {
    struct names *names = names_new();
    ck_assert_ptr_nonnull(names);
    names_free(names);
}
END_TEST

int main(int argc, char **argv) {
    (void)argv;
    TCase *tests = tcase_create("names");
    tcase_add_test(tests, adding_survives_a_lack_of_memory);
    if (argc > 1) {
        tcase_add_test(tests, a_failed_assertion_leaves_the_loop);
    }
    tcase_add_test(tests, the_next_test_has_memory);
    Suite *suite = suite_create("names");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed;
}
