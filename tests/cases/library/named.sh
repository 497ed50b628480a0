#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions of the program that fail by their names.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "no jumps are known for $(uname -m)" ;;
esac
cat >pool.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char room[10000];
static size_t used;
static __attribute__((noinline)) void *pool_get(size_t count, size_t size) {
    if (sizeof(room) - used < count * size) {
        return NULL;
    }
    used += count * size;
    return room + used - count * size;
}
static double scale = 1.5;
__attribute__((noinline)) static int pool_open(double factor, const char *name) {
    scale = factor;
    return name[0] == 'p' ? 7 : -1;
}
__attribute__((noinline)) static long sum(long a, long b, long c, long d, long e, long f, long g, double x) {
    return a + b + c + d + e + f + g + (long)x;
}
int main(void) {
    char *word = pool_get(2, 8);
    strcpy(word, "hello"); // BREAKS
    int fd = pool_open(2.5, "pool");
    if (fd < 0) {
        perror("pool_open");
        return 3;
    }
    char *more = pool_get(10, 10);
    printf("%s %d %.1f %ld %s\n", word, fd, scale, sum(1, 2, 3, 4, 5, 6, 7, 8.5), more ? "more" : "none");
    return 0;
}
EOC
"${CC:-cc}" -g -w -O1 -fno-inline -o pool pool.c || exit 1
line=$(grep -n BREAKS pool.c | cut -d: -f1)
all='"allocations":["pool_get:size=1*2","pool_open:fail=-1:errno=EMFILE","sum"]'

# ends STATUS OUTPUT DESCRIPTION RULE…: what comes of the program under these rules.
ends() {
    ends_status=$1 ends_output=$2 ends_what=$3
    shift 3
    "$MF_RUN" -q --policy "{\"version\":1,$all,\"rules\":[$*]}" -- ./pool >out 2>err
    is "$ends_what" "$? $(cat out)" "$ends_status $ends_output"
}
ends 0 'hello 7 2.5 36 more' "where none is to fail all arguments arrive" ''
ends 0 'hello 7 2.5 36 none' "the size is the product of two arguments" '{"size":{"min":100,"max":100}}'
ends 3 '' "another value than NULL" '{"functions":["pool_open"]}'
like "with an errno of its own" "$(cat err)" 'pool_open: Too many open files'
ends 0 'hello 7 2.5 0 more' "a function of many arguments, some on the stack" '{"functions":["sum"]}'
ends 0 'hello 7 2.5 36 none' "they are numbered with the rest" '{"nth":3}'

says 1 'the NULL from pool_get\(16\) at pool.c' "an exploration finds what they break" \
    timeout 60 "$MF_RUN" -o found --allocation 'pool_get:size=1*2' -- ./pool
is "and where" "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line]' found/findings.json)" \
    "[$line]"
MALLOCFAIL_POLICY="{\"version\":1,$all,\"rules\":[]}" LD_PRELOAD=$MF_LIB ./pool >out 2>err
is "without the runner the program runs" "$(cat out)" 'hello 7 2.5 36 more'
like "and is told that they do not fail" "$(cat err)" 'fail only where mallocfail runs'
file=found/$(jq -r '.findings[] | select(.outcome == "crashed") | .reproducer' found/findings.json)
is "its reproducer names them" "$(jq -c .allocations "$file")" '["pool_get:size=1*2"]'
is "... and the results" "$(jq -c .run.allocation found/findings.json)" '["pool_get:size=1*2"]'
says 125 '\-\-allocation differs' "results without them are not gone on with" \
    "$MF_RUN" -o other --resume found -- ./pool
says 0 'same finding came back' "and brings it back" "$MF_RUN" replay "$file"

says 125 "has a symbol for the function 'pool_put'" "one that is not there" \
    "$MF_RUN" run --allocation pool_put -- ./pool
says 125 "the function 'pool_gte': did you mean 'pool_get'?" "... and what may be meant" \
    "$MF_RUN" run --allocation pool_gte:size=1 -- ./pool
cat >cloned.c <<'EOC'
#include <stdio.h>
static char room[100];
static __attribute__((noinline)) void *pool_put(int unused, unsigned long size) {
    __asm__ volatile("" : : "r"(size));
    return size < sizeof(room) ? room : NULL;
}
int main(int argc, char **argv) { (void)argv; return !pool_put(1, argc); }
EOC
"${CC:-cc}" -w -O2 -o cloned cloned.c || exit 1
clone=$(nm cloned | sed -n 's/.* t \(pool_put\..*\)/\1/p')
if [ -n "$clone" ]; then
    says 125 "the compiler has made '$clone' of it" "one that the compiler has changed" "$MF_RUN" --allocation pool_put -- ./cloned
    status_is 0 "... which fails by that name" "$MF_RUN" -o cloned.found --allocation "$clone" -- ./cloned
else
    skip "one that the compiler has changed" "it has not"
fi
if [ "$(uname -m)" = x86_64 ]; then
    cat >short.c <<'EOC'
__asm__(".globl valloc, behind\n.type valloc, @function\n.type behind, @function\n"
        "valloc: nop; ret\n.size valloc, 2\nbehind: nop; nop; ret\n.size behind, 3\n");
EOC
    "${CC:-cc}" -w -fno-builtin -o short "$MF_SOURCE/tests/targets/inside/heap.c" "$MF_SOURCE/tests/targets/inside/use.c" short.c || exit 1
    says 125 "has a symbol for the function 'pool_put'" "... also where a function of an allocator inside cannot be patched" \
        "$MF_RUN" --allocation pool_put -- ./short
    says 1 'not tried: .*valloc in short.: it is too short' "... which alone is no fault" "$MF_RUN" -o short.found -- ./short
fi
says 125 'size= takes' "what is said of it is checked" \
    "$MF_RUN" run --allocation pool_get:size=9 -- ./pool
says 125 'size= is given twice' "... and that it is said once" \
    "$MF_RUN" run --allocation pool_get:size=1:fail=-1:size=2 -- ./pool
said='{"rules":[
{"functions":["pool_open"]}]}'
is "a policy's rules name functions that only the command line has" \
    "$("$MF_RUN" -q run --policy "$said" --allocation pool_open:fail=-1 -- ./pool 2>err; echo $?)" 3
is "... also a policy that is a list, or has others itself" \
    "$("$MF_RUN" -q run --policy '[{"functions":["pool_open"]}]' --allocation pool_open:fail=-1 -- ./pool 2>err; echo $?)$(
        "$MF_RUN" -q run --policy '{"allocations":["sum"],"rules":[{"functions":["pool_open","sum"]}]}' --allocation pool_open:fail=-1 -- ./pool 2>err
        echo $?
    )" 33
says 125 'policy\):2:15: \$\.rules\[0\]\.functions\[0\]: unknown function "pool_open"' "... and what is wrong is where the user has it" \
    "$MF_RUN" run --policy "$said" --allocation sum -- ./pool
cp pool bare && strip bare
printf '%s' '{"version":1,"allocations":["pool_get:size=1*2","sum"],"rules":[]}' >pool.json
says 1 'the NULL from pool_get\(16\) at pool.c' "an exploration takes the allocations of a policy" \
    timeout 60 "$MF_RUN" -o found --allocation @pool.json -- ./pool
is "... all of them" "$(jq '.trials | length > 4' found/findings.json) $(jq -c .run.allocation found/findings.json)" \
    'true ["@pool.json"]'
file=found/$(jq -r '[.findings[] | select(.outcome == "crashed") | .reproducer][0]' found/findings.json)
is "... its reproducer names them" "$(jq -c .allocations "$file")" '["pool_get:size=1*2","sum"]'
printf '%s' '{"version":1,"rules":[]}' >none.json
says 125 'has no "allocations"' "a policy without any" "$MF_RUN" run --allocation @none.json -- ./pool
says 125 'cannot open' "a policy that is not there" "$MF_RUN" run --allocation @no/such.json -- ./pool
says 125 "has a symbol for the function" "a local one without a symbol" \
    "$MF_RUN" run --allocation pool_get -- ./bare

cat >lib.c <<'EOC'
static char room[100];
void *lib_get(unsigned long size) { return size < 100 ? room : 0; }
EOC
cat >user.c <<'EOC'
#include <stdio.h>
void *lib_get(unsigned long size);
int main(void) {
    int first = lib_get(10) != 0;
    return printf("%d %d\n", first, lib_get(20) != 0) < 0;
}
EOC
"${CC:-cc}" -O2 -shared -fPIC -o libpool.so lib.c &&
    "${CC:-cc}" -O1 -o user user.c -L. -lpool -Wl,-rpath,"$PWD"
is "one of a library that the program is started with" \
    "$("$MF_RUN" -q --policy "$(rule '"size":{"min":20,"max":20}')" --allocation lib_get:size=1 -- ./user)" '1 0'

if [ "$(uname -m)" = x86_64 ]; then
    cat >bare.c <<'EOC'
#include <stdio.h>
static char room[100];
__attribute__((used)) static void *take(unsigned long size) { return size < 100 ? room : 0; }
// No size, and nothing to unwind by.
__asm__(".globl bare_get\n.type bare_get, @function\nbare_get: mov %rdi, %rax\nsub $1, %rax\njs 1f\njmp take\n1: ret\n"
        ".globl behind\n.type behind, @function\nbehind: xor %eax, %eax\nret");
void *bare_get(unsigned long size);
static void *slow_get(unsigned long size) { return take(size); }
static void *fast_get(unsigned long size) { return take(size + 1); }
static void *(*choose(void))(unsigned long) { return __builtin_cpu_init(), __builtin_cpu_supports("sse2") ? fast_get : slow_get; }
void *chosen_get(unsigned long size) __attribute__((ifunc("choose")));
static void *hidden_get(unsigned long size) { return take(size); }
static void *(*volatile table[])(unsigned long) = {hidden_get};
static void *(*look_up(void))(unsigned long) { return table[0]; }
void *listed_get(unsigned long size) __attribute__((ifunc("look_up")));
int main(int argc, char **argv) {
    int first = bare_get(10) != 0, second = bare_get(20) != 0;
    return printf("%d%d%d%d\n", first, second, chosen_get(10) != 0, chosen_get(20) != 0) < 0;
}
EOC
    for how in -O0 -O2 '-O1 -fno-asynchronous-unwind-tables'; do
        # shellcheck disable=SC2086 # words on purpose
        "${CC:-cc}" -g -w -fno-inline $how -o bare bare.c || exit 1
        is "one in assembler, whose end nothing tells ($how)" \
            "$("$MF_RUN" -q --policy "$(rule '"size":{"min":20,"max":20}')" --allocation bare_get:size=1 -- ./bare)" 1011
        is "one that is chosen when the program starts: all that it is chosen from ($how)" \
            "$("$MF_RUN" -q --policy "$(rule '"size":{"min":20,"max":20}')" --allocation chosen_get:size=1 -- ./bare)" 1110
    done
    says 125 'its candidates are unknown' "... or why not" \
        "$MF_RUN" run --allocation listed_get -- ./bare
else
    skip "in assembler, and chosen when the program starts" "they are made for x86-64"
fi

cat >wide.c <<'EOC'
#include <immintrin.h>
#include <stdio.h>
static char room[100];
static __attribute__((noinline)) void *pool_get(unsigned long size) { return size < sizeof(room) ? room : NULL; }
// A compiler that knows the function keeps in its registers what it leaves alone.
int main(int argc, char **argv) {
    __m256i wide = _mm256_set1_epi64x(argc + 6);
    __asm__ volatile("" : "+x"(wide));
    int one = pool_get(argc) != NULL, two = pool_get(argc + 1) != NULL;
    __asm__ volatile("" : "+x"(wide));
    long long parts[4];
    _mm256_storeu_si256((void *)parts, wide);
    return printf("%lld%lld%lld%lld %d%d\n", parts[0], parts[1], parts[2], parts[3], one, two) < 0;
}
EOC
if grep -q ' avx2 ' /proc/cpuinfo && "${CC:-cc}" -O2 -mavx2 -w -o wide wide.c 2>/dev/null; then
    is "registers of 256 bits are kept" \
        "$("$MF_RUN" -q run --policy '{"rules":[{"functions":["pool_get"],"nth":2}]}' --allocation pool_get:size=1 -- ./wide)" '7777 10'
else
    skip "registers of 256 bits are kept" "there are none"
fi

cat >app.cc <<'EOC'
#include <cstdio>
#include <cstddef>
namespace app {
struct Pool {
    char room[100];
    void *get(std::size_t size) __attribute__((noinline)) { __asm__ volatile(""); return size < 100 ? room : nullptr; }
    template <class Unit> __attribute__((noinline)) void *some(std::size_t count) { __asm__ volatile(""); return count < 20 ? room : nullptr; }
    void *get(std::size_t size, int) __attribute__((noinline)) { __asm__ volatile(""); return size < 100 ? room : nullptr; }
};
}
int main() {
    static app::Pool pool;
    std::printf("%d %d%s\n", pool.get(8) != nullptr, pool.get(8, 1) != nullptr, pool.some<int>(9) ? "" : " none");
}
EOC
if "${CXX:-g++}" -g -O1 -o app app.cc; then
    named() {
        "$MF_RUN" -q --policy "$(rule '"every":1')" --allocation "$1" -- ./app 2>err
    }
    is "of C++, without arguments: all of the name" "$(named app::Pool::get:size=2)" '0 0'
    is "with arguments: that one" "$(named 'app::Pool::get(unsigned long, int)')" '1 0'
    says 125 "the function 'Pool::gte': did you mean 'app::Pool::get'?" "misspelt, and without its name space" \
        "$MF_RUN" run --allocation Pool::gte -- ./app
    is "with a template's arguments" "$(named 'app::Pool::some<int>:size=2')" '1 1 none'
    is "as the linker calls it" "$(named _ZN3app4Pool3getEm)" '0 1'
else
    skip "of C++" "no C++ compiler"
fi
plan
