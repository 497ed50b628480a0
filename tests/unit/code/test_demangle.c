// SPDX-License-Identifier: MIT
#include "runner/code/demangle.h"
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name, *wanted;
} shortened[] = {
    {"main", "main"},
    {"foo.part.0", "foo.part.0"},
    {"std::vector<int, std::allocator<int> >::push_back(int const&)",
     "std::vector::push_back"},
    {"void foo<int>(int)", "foo"},
    {"operator new(unsigned long)", "operator new"},
    {"operator new[](unsigned long)", "operator new[]"},
    {"operator delete(void*)", "operator delete"},
    {"std::basic_ostream<char>& std::operator<< <char>(std::basic_ostream<char>&, char)",
     "std::operator<<"},
    {"bool operator< <int>(A<int> const&, A<int> const&)", "operator<"},
    {"A operator+<A>(A, A)", "operator+"},
    {"A::operator->() const", "A::operator->"},
    {"A::operator->*(int)", "A::operator->*"},
    {"A::operator<=>(A const&)", "A::operator<=>"},
    {"A::operator()(int) const", "A::operator()"},
    {"A::operator[](int)", "A::operator[]"},
    {"A::operator int() const", "A::operator int"},
    {"A::operator std::vector<int>() const", "A::operator std::vector"},
    {"A::operator char const*() const", "A::operator char const*"},
    {"operator\"\" _km(long double)", "operator\"\" _km"},
    {"my_operator(int)", "my_operator"},
    {"main::{lambda(int)#1}::operator()(int) const", "main::{lambda#1}::operator()"},
    {"(anonymous namespace)::foo(int)", "(anonymous namespace)::foo"},
    {"foo(int)::A::f()", "foo::A::f"},
    {"A::f() const::B::g()", "A::f::B::g"},
    {"A::~A()", "A::~A"},
    {"decltype ((f)(x)) foo<int>(int)", "foo"},
    {"decltype(auto) foo<int>()", "foo"},
    {"std::enable_if<((1)<(2)), int>::type f<3>()", "f"},
    {"non-virtual thunk to A::f()", "A::f"},
    {"f[abi:cxx11](char const*)", "f"},
    {"foo(int) [clone .part.0]", "foo"},
    {"Foo<((3)>(2))>::bar()", "Foo::bar"},
    {"std::function<void (int)>::operator()(int) const", "std::function::operator()"},
    {"<alloc::vec::Vec<u8>>::push", "alloc::vec::Vec::push"},
    {"<alloc::vec::Vec<u8> as core::clone::Clone>::clone", "alloc::vec::Vec::clone"},
    {"<[u8] as alloc::borrow::ToOwned>::to_owned",
     "<[u8] as alloc::borrow::ToOwned>::to_owned"},
    {"std::rt::end::<std::alloc::rust_oom::{closure#0}, !>", "std::rt::end"},
    {"shop::list::<u8, fn(u8) -> u8>::{closure#0}", "shop::list::{closure#0}"},
    {"alloc::raw_vec::RawVec<T,A>::grow", "alloc::raw_vec::RawVec::grow"},
    // Nothing that could be taken for a name is left of this: it stays.
    {"void (*get<int>(int))(char)", "void (*get<int>(int))(char)"},
    {"broken<int", "broken"},
    {"(", "("},
    {"", ""},
};

/** A function whose arguments double, so many times; each is a pair of the one before. */
static char *doubling(int times) {
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    fputs("_Z1f1AIiiE", stream);
    for (int i = 0; i < times; i++) {
        fprintf(stream, "S_IS%c_S%c_E", digits[i], digits[i]);
    }
    fclose(stream);
    return text;
}

START_TEST(a_name_that_refers_to_its_parts_is_decoded) {
    char *linkage = doubling(2);
    char *name = demangle(linkage);
    ck_assert_str_eq(name,
                     "f(A<int, int>, A<A<int, int>, A<int, int> >, "
                     "A<A<A<int, int>, A<int, int> >, A<A<int, int>, A<int, int> > >)");
    free(name);
    free(linkage);
}
END_TEST

START_TEST(so_is_one_with_many_references) {
    char linkage[2000] = "_Z1f1A";
    for (int i = 0; i < 100; i++) {
        strcat(linkage, "S_");
    }
    char *name = demangle(linkage);
    ck_assert_ptr_nonnull(name);
    ck_assert_uint_eq(strlen(name), strlen("f(A)") + 100 * strlen(", A"));
    free(name);
}
END_TEST

START_TEST(one_that_comes_to_gigabytes_is_not) {
    char *linkage = doubling(30);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ck_assert_ptr_null(demangle(linkage));
    clock_gettime(CLOCK_MONOTONIC, &after);
    ck_assert_int_lt(after.tv_sec - before.tv_sec, 5);
    free(linkage);
}
END_TEST

START_TEST(names_are_shortened) {
    char name[256];
    strcpy(name, shortened[_i].name);
    demangle_shorten(name);
    ck_assert_str_eq(name, shortened[_i].wanted);
}
END_TEST

START_TEST(linkers_names_are_decoded) {
    char *name = demangle("_ZN3FooC4Ev");
    ck_assert_str_eq(name, "Foo::Foo()");
    free(name);
    name = demangle("_Znwm");
    ck_assert_str_eq(name, "operator new(unsigned long)");
    free(name);
}
END_TEST

START_TEST(rusts_names_are_decoded_where_libiberty_is_there) {
    char *name = demangle("_RNCNvNtCsjrHSEGnQ3l9_3std5alloc8rust_oom0B5_");
    if (name) {
        ck_assert_str_eq(name, "std::alloc::rust_oom::{closure#0}");
        free(name);
        name = demangle("_ZN4shop4list17hf7a4fe9f0d185c7dE");
        ck_assert_str_eq(name, "shop::list");
    }
    free(name);
}
END_TEST

START_TEST(other_names_are_not) {
    ck_assert_ptr_null(demangle("malloc"));
    ck_assert_ptr_null(demangle("i"));
    ck_assert_ptr_null(demangle("_Z"));
    ck_assert_ptr_null(demangle("_Zzzz"));
    ck_assert_ptr_null(demangle("_R"));
    ck_assert_ptr_null(demangle("_Reset"));
    ck_assert_ptr_null(demangle(""));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("demangle");
    TCase *test = tcase_create("demangle");
    tcase_add_test(test, a_name_that_refers_to_its_parts_is_decoded);
    tcase_add_test(test, so_is_one_with_many_references);
    tcase_add_test(test, one_that_comes_to_gigabytes_is_not);
    tcase_add_loop_test(test, names_are_shortened, 0,
                        sizeof(shortened) / sizeof(shortened[0]));
    tcase_add_test(test, linkers_names_are_decoded);
    tcase_add_test(test, rusts_names_are_decoded_where_libiberty_is_there);
    tcase_add_test(test, other_names_are_not);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
