/* SPDX-License-Identifier: MIT */
/* mallocfail.h in a test of Catch2, version 2 or 3. */
#include "names.h"

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
#include <mallocfail.h>

TEST_CASE("adding survives a lack of memory") {
    MALLOCFAIL_EACH(n) {
        struct names *names = names_new();
        int added = names ? names_add(names, "Ada") : -1;
        MALLOCFAIL_PAUSED {
            CHECK((added == 0 || mallocfail_failures(MALLOCFAIL_THREAD) > 0));
        }
        names_free(names);
    }
}
