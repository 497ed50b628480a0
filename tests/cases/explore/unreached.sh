#!/bin/sh
# SPDX-License-Identifier: MIT
# What no failure reaches is named: pools and other allocators, with what to do about them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
CC=${CC:-cc}
unset PYTHONMALLOC USE_ZEND_ALLOC

# unreached PROGRAM…: explore it a little; what is told, in lines and as JSON.
unreached() {
    rm -rf found
    "$MF_RUN" -o found --max 2 "$@" >out 2>err
    lines=$(sed -n 's/^mallocfail: not tried: //p' err)
    json=$(jq -c '[.not_reached[] | [.symbol, .module, .remedy]]' found/findings.json)
}

cat >arena.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
int main(void) {
    char *pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *block = malloc(10);
    if (!block || pool == MAP_FAILED) { return 1; }
    strcpy(pool, "pool");
    puts(pool);
    free(block);
    return 0;
}
EOC
$CC -o arena arena.c || exit 1
unreached ./arena
is "memory that the program maps itself is named" "$lines" \
    'allocations from memory that the program maps itself (mmap)'
is "... in the document, too" "$json" '[["mmap",null,null]]'

for way in 'mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)' 'sbrk(65536)' \
    'mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)'; do
    cat >reserve.c <<EOC
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) { char *pool = $way, *block = malloc(10); free(block); return !pool; }
EOC
    $CC -w -fno-builtin-malloc -o reserve reserve.c || exit 1
    unreached ./reserve
    is "... by $way, too" "$lines" \
        'allocations from memory that the program maps itself (mmap)'
done

cat >plain.c <<'EOC'
#include <stdlib.h>
int main(void) { char *block = malloc(10); free(block); return 0; }
EOC
$CC -o plain plain.c || exit 1
unreached ./plain
is "a program with nothing but malloc has no such line" "$lines$json" '[]'

cat >direct.c <<'EOC'
#include <stdlib.h>
void *mallocx(size_t, int);
int main(void) { char *block = malloc(10); free(block); return !mallocx(100, 0); }
EOC
if $CC -o direct direct.c -l:libjemalloc.so.2 2>/dev/null; then
    unreached ./direct
    is "an allocator's function that is not malloc is named" "$lines" \
        "jemalloc's mallocx() (mallocx in direct)"
else
    skip "an allocator's function that is not malloc is named" "no jemalloc"
fi

cat >inner.c <<'EOC'
#include <stdlib.h>
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
int main(void) {
    char *block = malloc(10);
    free(block);
    return !__libc_malloc(100) || !__libc_calloc(2, 50);
}
EOC
if $CC -w -o inner inner.c 2>/dev/null; then
    unreached ./inner
    is "the C library's malloc under another name is named, once" "$lines" \
        "the C library's malloc under its inner name (__libc_malloc in inner)"
else
    skip "the C library's malloc under another name is named, once" "it has none"
fi

cat >pool.c <<'EOC'
#include <stdlib.h>
#include <sys/mman.h>
void *_emalloc(size_t size);
void *_emalloc(size_t size) {
    void *pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return size < 1 << 20 ? pool : NULL;
}
int main(void) { char *block = malloc(10); free(block); return !_emalloc(8); }
EOC
$CC -rdynamic -o pool pool.c || exit 1
unreached ./pool
is "a pool that is known is named with its switch" "$lines" \
    "PHP's heap (_emalloc in pool): set USE_ZEND_ALLOC=0"
is "... in the document, too" "$json" '[["_emalloc","pool","set USE_ZEND_ALLOC=0"]]'
USE_ZEND_ALLOC=0
export USE_ZEND_ALLOC
unreached ./pool
is "... and not where that is set" "$lines$json" '[]'

# A library that is loaded later, and calls a malloc of its own.
cat >own.c <<'EOC'
#include <stddef.h>
static char room[1 << 16];
static size_t used;
HIDDEN void *MALLOC(size_t size) {
    void *block = room + used;
    used += (size + 31) & ~15ul;
    return used < sizeof(room) ? block : NULL;
}
__attribute__((visibility("default"))) void *plugin(void) { return MALLOC(77); }
EOC
cat >host.c <<'EOC'
#include <dlfcn.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    char *block = malloc(10);
    void *library = dlopen("./own.so", RTLD_NOW);
    void *(*call)(void) = library ? (void *(*)(void))dlsym(library, "plugin") : NULL;
    int bad = !block || !call || !call();
    if (library && argc > 1) { dlclose(library); }
    free(block);
    return bad;
}
EOC
$CC -w -fno-builtin -o host host.c -ldl || exit 1
# plugged NAME WANTED OPTION…: what is told where such a library is loaded.
plugged() {
    plugged_name=$1 plugged_wanted=$2
    shift 2
    $CC -O1 -w -fno-builtin -shared -fPIC -DMALLOC=malloc "$@" -o own.so own.c || exit 1
    unreached ./host
    is "$plugged_name" "$lines" "$plugged_wanted"
}
plugged "a malloc that a loaded library keeps to itself fails" '' '-DHIDDEN=__attribute__((visibility("hidden")))'
plugged "... one of a source file" '' -DHIDDEN=static -fno-inline
plugged "... one that is bound when it is linked" '' -DHIDDEN= -Wl,-Bsymbolic
own='allocations of a library that has its own malloc (malloc in own.so)'
cat >short.c <<'EOC'
__asm__(".hidden malloc\n.globl malloc, behind\n.type malloc, @function\n.type behind, @function\n"
        "malloc: nop; ret\n.size malloc, 2\nbehind: nop; nop; ret\n.size behind, 3\n");
void *malloc(unsigned long size) __attribute__((visibility("hidden")));
void *plugin(void) { return malloc(77), ""; }
EOC
$CC -w -fno-builtin -shared -fPIC -o own.so short.c || exit 1
unreached ./host
is "... one that cannot be patched is named" "$lines" "$own"
unreached ./host close
is "... where it has been unloaded, too" "$lines" "$own"
plugged "one that is found by name is libc's, and fails" '' -DHIDDEN=
plugged "je_malloc inside is named" "jemalloc's je_malloc() (je_malloc in own.so)" -UMALLOC -DMALLOC=je_malloc -DHIDDEN=static -fno-inline
$CC -O1 -w -fno-builtin -shared -fPIC -DMALLOC=malloc -DHIDDEN= -o libnext.so own.c &&
    echo 'void *malloc(unsigned long); int main(void) { return !malloc(10); }' >linked.c &&
    $CC -w -fno-builtin -o linked linked.c -Wl,--no-as-needed -L. -lnext "-Wl,-rpath,$PWD" || exit 1
unreached ./linked
is "the one that the program is linked with is reached" "$lines" ''
cp own.c kept.c
echo 'int main(void) { return !plugin() || !plugin(); }' >>kept.c
$CC -O1 -w -fno-builtin -DMALLOC=malloc '-DHIDDEN=__attribute__((noinline, visibility("hidden")))' -o kept kept.c || exit 1
timeout 20 "$MF_RUN" -o found --if-nothing ok -- ./kept >out 2>err
like "nothing is tested where a program keeps all of it to itself" "$(cat err)" 'nothing was tested'
sed -i 's/^#include <stddef.h>/&\n#include <stdio.h>/; s/int main(void) {/&FILE *other = fopen("kept.c", "r");/' kept.c
$CC -O1 -w -fno-builtin -DMALLOC=malloc '-DHIDDEN=__attribute__((noinline, visibility("hidden")))' -o kept kept.c || exit 1
unreached ./kept
is "a malloc that the program keeps to itself is named" "$lines" \
    "allocations by the program's own malloc, which it does not export (malloc in kept): export it, or explore the program with --allocation malloc:size=1"
unreached --allocation malloc:size=1 ./kept
is "... and not where that is done" "$lines $(jq -c .oracle.allocations found/findings.json)" ' 3'
cat >news.cc <<'EOC'
#include <cstdio>
#include <cstdlib>
#include <new>
void *operator new(std::size_t size) {
    static char room[1 << 16];
    static std::size_t used;
    used += (size + 15) & ~15ul;
#ifdef BY_MALLOC
    return std::malloc(size);
#endif
    if (used > sizeof(room)) { throw std::bad_alloc(); }
    return room + used - size;
}
void operator delete(void *) noexcept {}
void operator delete(void *, std::size_t) noexcept {}
int main() {
    int *number = new int(3);
    std::printf("%d\n", *number);
    return 0;
}
EOC
if have "${CXX:-c++}" && ${CXX:-c++} -w -fno-builtin -o news news.cc 2>/dev/null; then
    unreached ./news
    is "an operator new of the program's own is named" "$lines" \
        "allocations by the program's own operator new (operator new in news)"
    ${CXX:-c++} -w -fno-builtin -DBY_MALLOC -o news news.cc
    unreached ./news
    is "... and not where it comes to malloc" "$lines" ''
else
    skip "an operator new of the program's own" "no C++"
fi
cat >inline.c <<'EOC'
#include <stddef.h>
char room[1 << 16];
size_t used;
HOW void *malloc(size_t size) {
    used += (size + 31) & ~15ul;
    return used < sizeof(room) ? room + used - ((size + 31) & ~15ul) : NULL;
}
extern inline void *malloc(size_t size);
void free(void *block) { (void)block; }
void *(*volatile get)(size_t) = malloc;
int main(int argc, char **argv) { return !get(argc * 20) + !malloc(argc * 10); }
EOC
# in_line HOW: what is told of calls that are put in line.
in_line() {
    $CC -g -O2 -w -std=gnu17 -fno-builtin -DHOW="$1" -o inline inline.c || exit 1
    unreached ./inline
    lines=$(echo "$lines" | grep 'in line')
}
in_line 'inline __attribute__((always_inline))'
like "calls of the program's malloc that are put in line are told" "$lines" \
    '^calls that the compiler has put in line .malloc in inline.: build it without -flto'
in_line '__attribute__((noinline))'
is "... where there are some" "$lines" ''
plan
