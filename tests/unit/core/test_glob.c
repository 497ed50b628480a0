// SPDX-License-Identifier: MIT
#include "core/policy/glob.h"

#include "unit/unit.h"

#include <string.h>

struct match {
    const char *pattern, *name;
    bool matches;
};

static const struct match matches[] = {
    // Plain names
    {"malloc", "malloc", true},
    {"malloc", "mallo", false},
    {"malloc", "mallocx", false},
    {"malloc", "Malloc", false},
    {"", "", true},
    {"", "a", false},
    // ?
    {"?", "a", true},
    {"?", "", false},
    {"?", "ab", false},
    {"lib?.so", "libm.so", true},
    {"lib?.so", "lib.so", false},
    {"??", "\xc3\xbc", true},
    // *
    {"*", "", true},
    {"*", "anything", true},
    {"**", "anything", true},
    {"libxml2.so*", "libxml2.so.2.9.14", true},
    {"libxml2.so*", "libxml2.so", true},
    {"libxml2.so*", "xlibxml2.so", false},
    {"*init*", "SSL_library_init", true},
    {"*init*", "initial", true},
    {"*init*", "innit", false},
    {"SSL_*init*", "SSL_CTX_init_all", true},
    {"SSL_*init*", "OPENSSL_init", false},
    {"a*/b", "a/x/y/b", true},
    {"*a*b", "aaabab", true},
    {"*a*b", "aaabac", false},
    {"a*a", "a", false},
    {"a*a", "aa", true},
    {"*.so", "libc.so.so", true},
    // Sets
    {"[abc]", "b", true},
    {"[abc]", "d", false},
    {"[abc]", "", false},
    {"[abc]", "ab", false},
    {"[a-c]x", "bx", true},
    {"[a-cx-z]", "y", true},
    {"[a-cx-z]", "d", false},
    {"[!a-c]", "d", true},
    {"[!a-c]", "b", false},
    {"[!a-c]", "", false},
    {"[]]", "]", true},
    {"[]a]", "a", true},
    {"[!]]", "a", true},
    {"[!]]", "]", false},
    {"[-a]", "-", true},
    {"[a-]", "-", true},
    {"[a-]", "b", false},
    {"[a!]", "!", true},
    {"[[]", "[", true},
    {"[*]", "*", true},
    {"[*]", "a", false},
    {"[?]", "a", false},
    {"[\\]]", "]", true},
    {"[\\]]", "\\", false},
    {"[\\^a]", "^", true},
    {"[a\\-z]", "-", true},
    {"[a\\-z]", "m", false},
    {"[\x80-\xff]", "\xc3", true},
    {"[\x80-\xff]", "a", false},
    {"*[0-9]", "worker-7", true},
    {"*[0-9]", "worker-7x", false},
    // Quoting
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"\\?", "a", false},
    {"\\[a]", "[a]", true},
    {"\\\\", "\\", true},
    {"\\a", "a", true},
    {"operator\\[\\]*", "operator[](int)", true},
};

START_TEST(a_pattern_matches_a_name_or_not) {
    const struct match *match = &matches[_i];
    ck_assert_msg(mf_glob_match(match->pattern, match->name) == match->matches,
                  "%s should%s match %s", match->pattern, match->matches ? "" : " not",
                  match->name);
}
END_TEST

START_TEST(a_pattern_in_use_has_no_fault) {
    const char *fault = mf_glob_fault(matches[_i].pattern);
    ck_assert_msg(!fault, "%s: %s", matches[_i].pattern, fault);
}
END_TEST

static const struct {
    const char *pattern, *fault;
} faults[] = {
    {"[", "has no ]"},
    {"[a", "has no ]"},
    {"[]", "has no ]"},
    {"[!", "has no ]"},
    {"[!]", "has no ]"},
    {"[a\\]", "has no ]"},
    {"[a-", "has no ]"},
    {"x[", "has no ]"},
    {"[a][", "has no ]"},
    {"[\\", "has no ]"},
    {"\\", "nothing to quote"},
    {"a*\\", "nothing to quote"},
    {"\\\\\\", "nothing to quote"},
    {"[z-a]", "backwards"},
    {"[a-cz-x]", "backwards"},
    {"[!9-0]", "backwards"},
    {"[^a]", "\"not\""},
    {"[[:alpha:]]", "classes"},
    {"[a[:digit:]]", "classes"},
    {"*********", "more than 8"},
    {"a*a*a*a*a*a*a*a*a*", "more than 8"},
};

START_TEST(a_bad_pattern_is_told_why) {
    const char *fault = mf_glob_fault(faults[_i].pattern);
    ck_assert_msg(fault, "%s should be refused", faults[_i].pattern);
    ck_assert_msg(strstr(fault, faults[_i].fault), "%s: %s", faults[_i].pattern, fault);
}
END_TEST

START_TEST(a_bad_pattern_is_safe_to_match_with) {
    static const char *const names[] = {"", "a", "[", "]", "\\", "-", "!", "a[b]c"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        mf_glob_match(faults[_i].pattern, names[i]);
    }
}
END_TEST

START_TEST(eight_stars_are_allowed_and_quoted_ones_do_not_count) {
    ck_assert_ptr_null(mf_glob_fault("*a*a*a*a*a*a*a*"));
    ck_assert_ptr_null(mf_glob_fault("********"));
    ck_assert_ptr_null(mf_glob_fault("*a*a*a*a*a*a*a*a\\*[*]"));
}
END_TEST

START_TEST(many_stars_do_not_cost_much) {
    static char name[100001];
    memset(name, 'a', sizeof(name) - 1);
    ck_assert(!mf_glob_match("*a*a*a*a*a*a*a*b", name));
    ck_assert(mf_glob_match("*a*a*a*a*a*a*a*a", name));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("glob");
    TCase *tests = tcase_create("glob");
    const int match_count = sizeof(matches) / sizeof(matches[0]);
    const int fault_count = sizeof(faults) / sizeof(faults[0]);
    tcase_add_loop_test(tests, a_pattern_matches_a_name_or_not, 0, match_count);
    tcase_add_loop_test(tests, a_pattern_in_use_has_no_fault, 0, match_count);
    tcase_add_loop_test(tests, a_bad_pattern_is_told_why, 0, fault_count);
    tcase_add_loop_test(tests, a_bad_pattern_is_safe_to_match_with, 0, fault_count);
    tcase_add_test(tests, eight_stars_are_allowed_and_quoted_ones_do_not_count);
    tcase_add_test(tests, many_stars_do_not_cost_much);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
