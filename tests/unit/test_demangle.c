// SPDX-License-Identifier: MIT
#include "runner/demangle.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

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
    // Nothing that could be taken for a name is left of this: it stays.
    {"void (*get<int>(int))(char)", "void (*get<int>(int))(char)"},
    {"broken<int", "broken"},
    {"(", "("},
    {"", ""},
};

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

START_TEST(other_names_are_not) {
    ck_assert_ptr_null(demangle("malloc"));
    ck_assert_ptr_null(demangle("i"));
    ck_assert_ptr_null(demangle("_Z"));
    ck_assert_ptr_null(demangle("_Zzzz"));
    ck_assert_ptr_null(demangle(""));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("demangle");
    TCase *test = tcase_create("demangle");
    tcase_add_loop_test(test, names_are_shortened, 0,
                        sizeof(shortened) / sizeof(shortened[0]));
    tcase_add_test(test, linkers_names_are_decoded);
    tcase_add_test(test, other_names_are_not);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
