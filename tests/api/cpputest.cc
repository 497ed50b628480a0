/* SPDX-License-Identifier: MIT */
/* mallocfail.h in a test of CppUTest. */
#include "names.h"

#include <CppUTest/CommandLineTestRunner.h>
#include <CppUTest/TestHarness.h>
#include <mallocfail.h>

TEST_GROUP(Names){};

TEST(Names, AddingSurvivesALackOfMemory) {
    MALLOCFAIL_EACH(n) {
        struct names *names = names_new();
        int added = names ? names_add(names, "Ada") : -1;
        MALLOCFAIL_PAUSED {
            CHECK(added == 0 || mallocfail_failures(MALLOCFAIL_THREAD) > 0);
        }
        names_free(names);
    }
}

int main(int argc, char **argv) {
    return CommandLineTestRunner::RunAllTests(argc, argv);
}
