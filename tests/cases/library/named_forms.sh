#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions by name, of which compilers and linkers have made something else.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "no jumps are known for $(uname -m)" ;;
esac

# fail_named NAME PROGRAM: what the program prints where the function fails.
fail_named() {
    "$MF_RUN" -q --policy "$(rule '"every":1')" --allocation "$1" -- "./$2" 2>err
}

# Two static functions of a name, which link-time optimisation renames.
cat >one.c <<'EOC'
#include <stdio.h>
static char room[100];
__attribute__((noinline, noclone)) static void *pool_get(unsigned long size) {
    __asm__ volatile("");
    return size < sizeof(room) ? room : NULL;
}
#ifdef OTHER
int other(int n) { return pool_get(n) != NULL; }
#else
int other(int n);
int main(int argc, char **argv) { return printf("%d %d\n", pool_get(argc) != NULL, other(argc)) < 0; }
#endif
EOC
# renamed COMPILER…: each function of the name fails.
renamed() {
    if "$@" -w -c -o one.o one.c 2>/dev/null && "$@" -w -DOTHER -c -o other.o one.c && "$@" -w -o one one.o other.o 2>/dev/null; then
        is "both of a name fail: $*" "$(fail_named pool_get one)" '0 0'
    else
        skip "both of a name fail: $*" "cannot be built here"
    fi
}
renamed "${CC:-cc}" -O2
renamed gcc -O2 -flto
renamed clang -O2 -flto -fuse-ld=lld
renamed clang -O2 -flto=thin -fuse-ld=lld

# One for calls with a constant, beside the whole function.
cat >part.c <<'EOC'
#include <stdio.h>
static char room[4000];
static unsigned long used;
__attribute__((noinline)) void *pool_get(int pool, unsigned long size, const char *why) {
    used += size;
    if (pool == 7) {
        for (int i = 0; i < 100; i++) {
            printf("%d%s", i, why);
        }
    }
    return used < sizeof(room) ? room + used : NULL;
}
int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        *(char *)pool_get(3, argc, "no") = 1;
        *(char *)pool_get(3, argc + 1, "no") = 1;
        *(char *)pool_get(3, argc + 2, "no") = 1;
    }
    return !pool_get(argc, argc, argv[0]);
}
EOC
if gcc -O3 -w -fno-inline -o part part.c && nm part | grep -q ' pool_get$' && nm part | grep -q 'pool_get\.constprop\.0$'; then
    "$MF_RUN" -o found --allocation pool_get:size=2 -- ./part >out 2>err
    like "calls that go to a clone are told" "$(cat err)" \
        'not tried: calls .* function of their own .pool_get.constprop.0.: name that one with --allocation, too'
    says 1 'defect' "... and fail if it is named" \
        "$MF_RUN" -o found --allocation pool_get:size=2 --allocation pool_get.constprop.0 -- ./part
    is "... which is told no more" "$(grep -c 'not tried' err)" 0
else
    skip "calls that go to a clone are told" "the compiler makes none"
fi

# One that the compiler has put in line: into a function that has a part elsewhere, and ranges.
cat >line.c <<'EOC'
#include <stdio.h>
static char room[99];
void *pool_get(unsigned long size) {
    __asm__ volatile("");
    return size < sizeof(room) ? room + size : NULL;
}
__attribute__((noinline)) int pool_open(int n) { __asm__ volatile(""); return n + room[n + 3] + room[7]; }
int main(int argc, char **argv) { return puts("here") < 0 || *(char *)pool_get(argc) + pool_open(0); }
EOC
"${CC:-cc}" -O2 -g -w -o line line.c || exit 1
says 0 'does not call, as far as mallocfail sees: pool_get$' "one that is never called is told" \
    "$MF_RUN" -o found --allocation pool_get:size=1 -- ./line
like "... and where its calls are" "$(cat err)" 'not tried: calls that the compiler has put in line .pool_get in line.'
says 0 'does not call, as far as mallocfail sees: pool_get$' "... beside one that is called" \
    "$MF_RUN" -o found --allocation pool_open --allocation pool_get:size=1 -- ./line

cat >forms.cc <<'EOC'
#include <cstddef>
#include <cstdio>
static char room[100];
#define OUTSIDE __attribute__((noinline))
struct Pool {
    static void *operator new(std::size_t size) noexcept;
    static void *operator new[](std::size_t size) noexcept;
    void *operator()(std::size_t size);
    explicit operator void *();
};
OUTSIDE void *Pool::operator new(std::size_t size) noexcept { __asm__ volatile(""); return room + size; }
OUTSIDE void *Pool::operator new[](std::size_t size) noexcept { __asm__ volatile(""); return room + size; }
OUTSIDE void *Pool::operator()(std::size_t size) { __asm__ volatile(""); return size < 90 ? room : nullptr; }
OUTSIDE Pool::operator void *() { __asm__ volatile(""); return room[9] ? nullptr : this; }
OUTSIDE static void *changed(int, std::size_t size, int way) { __asm__ volatile("" ::"r"(way)); return size < 90 ? room : nullptr; }
int main(int argc, char **) {
    Pool pool, *volatile one = new Pool, *volatile some = new Pool[argc];
    void *got = changed(1, argc, 2), *more = changed(1, argc + 1, 2);
    std::printf("%d %d %d %d %d\n", one != nullptr, some != nullptr, pool(argc) != nullptr, static_cast<void *>(pool) != nullptr,
                got && more);
}
EOC
cxx=${CXX:-g++}
if $cxx -w -O2 -fno-inline -o forms forms.cc; then
    is "an operator new of a class" "$(fail_named 'Pool::operator new' forms)" '0 1 1 1 1'
    is "... with its arguments" "$(fail_named 'Pool::operator new(unsigned long)' forms)" '0 1 1 1 1'
    is "... and that of arrays" "$(fail_named 'Pool::operator new[]' forms)" '1 0 1 1 1'
    is "another operator" "$(fail_named 'Pool::operator()' forms)" '1 1 0 1 1'
    is "a conversion" "$(fail_named 'Pool::operator void*' forms)" '1 1 1 0 1'
    clone=$(nm forms | sed -n 's/.* t \(_ZL7changed.*\.constprop\..*\)/\1/p')
    if [ -n "$clone" ]; then
        says 125 "the compiler has made '$clone' of it" "one of C++ with other arguments now" \
            "$MF_RUN" --nth 1 --allocation changed:size=2 -- ./forms
        is "... fails by that name" "$(fail_named "$clone" forms)" '1 1 1 1 0'
    else
        skip "one of C++ with other arguments now" "the compiler makes none"
    fi
else
    skip "of C++" "no C++ compiler"
fi
plan
