/* SPDX-License-Identifier: MIT */
/* mallocfail.h in a test of cmocka. */
#include "names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mallocfail.h>

static void adding_survives_a_lack_of_memory(void **state) {
    (void)state;
    MALLOCFAIL_EACH(n) {
        struct names *names = names_new();
        int added = names ? names_add(names, "Ada") : -1;
        MALLOCFAIL_PAUSED {
            assert_true(added == 0 || mallocfail_failures(MALLOCFAIL_THREAD) > 0);
        }
        names_free(names);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
