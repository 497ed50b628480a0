/* SPDX-License-Identifier: MIT */
/* mallocfail.h in a test of GoogleTest. */
#include "names.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <mallocfail.h>

#include <new>
#include <string>
#include <vector>

TEST(Names, AddingSurvivesALackOfMemory) {
    MALLOCFAIL_EACH(n) {
        struct names *names = names_new();
        int added = names ? names_add(names, "Ada") : -1;
        MALLOCFAIL_PAUSED {
            EXPECT_TRUE(added == 0 || mallocfail_failures(MALLOCFAIL_THREAD) > 0);
        }
        names_free(names);
    }
}

// operator new goes through malloc and throws; the loop ends its pass like any other.
TEST(Vector, IsAsItWasWhenItCannotGrow) {
    uint64_t passes = 0;
    MALLOCFAIL_EACH(n) {
        std::vector<std::string> list;
        try {
            list.push_back("a name that is too long to be kept in the string itself");
        } catch (const std::bad_alloc &) {
            EXPECT_TRUE(list.empty());
        }
        passes = n;
    }
    EXPECT_EQ(passes > 0, mallocfail_available() == 1);
}

static void leaveByException() {
    MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_FROM) {
        if (n == 1) {
            throw 1;
        }
    }
}

// ASSERT_ returns: here on purpose, in the pass in which everything fails.
static void leaveByAssertion() {
    MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_FROM) {
        MALLOCFAIL_PAUSED {
            ASSERT_NE(n, 1u);
        }
    }
}

TEST(Loop, EndsHoweverItIsLeft) {
    if (!mallocfail_available()) {
        GTEST_SKIP() << "nothing fails without mallocfail";
    }
    EXPECT_THROW(leaveByException(), int);
    delete new int;
    EXPECT_FATAL_FAILURE(leaveByAssertion(), "n");
    delete new int;
}
