#!/bin/sh
# SPDX-License-Identifier: MIT
# Allocators inside the program, which no library comes before: jumps at the entries of their
# functions lead to ours.
# shellcheck disable=SC2086 # compilers with their options
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "no jumps are known for $(uname -m)" ;;
esac
cp "$MF_SOURCE"/tests/targets/inside/*.c .

# outcome_of PROGRAM…: status and output of a program under the policy.
outcome_of() {
    outcome_out=$("$MF_RUN" -q --policy "$policy" -- "$@" 2>/dev/null)
    echo "$? $outcome_out"
}

# found_in PROGRAM: its crashes, each as the line.
found_in() {
    rm -rf found
    timeout 60 "$MF_RUN" -q -o found -- "$@" >out 2>err
    jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line] | sort' found/findings.json
}
breaks=$(grep -n BREAKS use.c | cut -d: -f1)

# The same four allocations, numbered alike, whatever the entries look like.
ways='cc
cc -O2
cc -O2 -no-pie
cc -O3 -fcf-protection=full
cc -Os
cc -O2 -flto -fno-inline
cc -O1 -pg
clang
clang -O2'
while read -r way; do
    compiler=${way%% *}
    [ "$compiler" != cc ] || compiler=${CC:-cc}
    options=${way#"${way%% *}"}
    if ! $compiler -g -w -fno-builtin $options -o use use.c heap.c 2>/dev/null; then
        skip "its own malloc, $way" "cannot be built here"
        continue
    fi
    policy=$(rule '"functions":["malloc"],"nth":1')
    is "its own malloc, $way: malloc fails" "$(outcome_of ./use)" '3 no word'
    policy=$(rule '"functions":["realloc"],"nth":1')
    is "realloc fails, and is no malloc" "$(outcome_of ./use)" '4 no room'
    policy=$(rule '"size":{"max":64},"nth":2')
    is "calloc is one allocation, though it calls malloc" "$(outcome_of ./use)" '139 '
    is "an exploration finds the defect" "$(found_in ./use)" "[$breaks]"
done <<EOW
$ways
EOW

${CC:-cc} -g -w -fno-builtin -o use use.c heap.c
"$MF_RUN" -o found -- ./use >out 2>err
is "failures are tried in place" \
    "$(jq '[.trials[] | select(.in_place)] | length > 3' found/findings.json)" true
like "what is out of reach is told" "$(cat err)" 'not tried: .* that run before mallocfail.s'
"$MF_RUN" -q -o found --leaks -- ./use >out 2>err
is "what is not freed in the end is a leak" \
    "$(jq -c '[.findings[] | select(.outcome == "leaked")] | length' found/findings.json)" 1
"$MF_RUN" trace -q -o use.trace ./use >out 2>err
is "a trace has all calls, and all that are given back" \
    "$("$MF_RUN" trace --format tsv --all use.trace | cut -f 4 | sort | uniq -c | tr -s ' \n' ' ')" \
    ' 1 calloc 2 free 1 function 2 malloc 1 realloc '

cat >again.c <<'EOC'
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    if (argc > 1) {
        return malloc(24) ? 0 : 5;
    }
    char *const again[] = {argv[0], "again", NULL};
    return execv("/proc/self/exe", again);
}
EOC
${CC:-cc} -g -w -fno-builtin -o again again.c heap.c
policy=$(rule '"size":{"min":24,"max":24}')
is "after exec(2) too" "$(outcome_of ./again)" '5 '
cat >more.cc <<'EOC'
#include <cstdio>
#include <new>
int main() {
    try {
        delete[] new char[200];
    } catch (const std::bad_alloc &) {
        std::puts("bad_alloc");
    }
    int *one = new (std::nothrow) int(3);
    std::puts(one ? "one" : "none");
    delete one;
}
EOC
for way in "${CXX:-g++} -fsanitize=address -static-libasan" "clang++ -fsanitize=address" \
    "clang++ -fsanitize=thread" "clang++ -fsanitize=memory"; do
    if ! $way -g -w -o more more.cc 2>/dev/null || ! ./more >/dev/null 2>&1; then
        skip "operator new, $way" "cannot be built here"
        continue
    fi
    policy=$(rule '"size":{"min":200,"max":200}')
    is "operator new throws bad_alloc, $way" "$(outcome_of ./more)" '0 bad_alloc
one'
    policy=$(rule '"size":{"min":4,"max":4}')
    is "or returns NULL" "$(outcome_of ./more)" '0 none'
done

cat >late.c <<'EOC'
#include <stdlib.h>
__attribute__((noinline)) static char *grab(size_t size) {
    char *block = malloc(size);
    __asm__ volatile("");
    return block;
}
int main(void) {
    char *first = grab(8), *second = grab(16), *third = grab(32);
    free(second);
    second[0] = 1;
    return first == third;
}
EOC
# allocated_by: the two callers of malloc in a report, by name, or without a symbolizer by place.
allocated_by() {
    sed -n '/allocated by/,/^$/s/^ *#[12] 0x[0-9a-f]*//p'
}
for way in "${CC:-cc} -fsanitize=address -static-libasan" "clang -fsanitize=address"; do
    if ! $way -g -w -fno-builtin -fno-omit-frame-pointer -o late late.c 2>/dev/null; then
        skip "the sanitizer's own stacks, $way" "cannot be built here"
        continue
    fi
    # The second one is asked for: it goes the long way.
    "$MF_RUN" -q --policy "$(rule '"process":"late","nth":3,"size":{"max":100}')" -- ./late >out 2>err
    ./late >out 2>plain
    is "the sanitizer's own stacks are as without us, $way" "$(allocated_by <err)" "$(allocated_by <plain)"
    like "... and lead through the program's functions" "$(allocated_by <plain | tail -n 1)" \
        ' main | \(.*/late\+0x'
done

if "${CC:-cc}" -g -w -fno-builtin -o je use.c -l:libjemalloc.a -lstdc++ -lm -ldl -pthread 2>/dev/null; then
    policy=$(rule '"functions":["realloc"],"size":{"max":100},"nth":1')
    is "jemalloc linked statically: realloc fails" "$(outcome_of ./je)" '4 no room'
    is "an exploration finds the defect there" "$(found_in ./je)" "[$breaks]"
    cat >count.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    long failed = 0;
    for (long i = 0; i < 100000; i++) {
        void *block = malloc(32);
        failed += !block;
        free(block);
    }
    return printf("%ld\n", failed) < 0;
}
EOC
    "${CC:-cc}" -O2 -w -fno-builtin -o count count.c -l:libjemalloc.a -lstdc++ -lm -ldl -pthread
    for option in --no-trace --fill; do
        is "each call counts once ($option)" \
            "$("$MF_RUN" -q run $option --policy "$(rule '"every":1000')" -- ./count 2>err)" 100
    done
else
    skip "jemalloc linked statically" "there is no static jemalloc"
fi
cat >fuzzed.c <<'EOC'
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 77);
    memcpy(copy, data, size);
    free(copy);
    return 0;
}
EOC
echo input >corpus
if clang -g -fsanitize=fuzzer,address -o fuzzed fuzzed.c 2>/dev/null; then
    says 1 'null dereference|NULL is passed on' "libFuzzer's target, with its corpus" \
        "$MF_RUN" run --exit verdict --policy "$(rule '"process":"fuzzed","size":{"min":83,"max":83}')" -- ./fuzzed corpus
else
    skip "libFuzzer's target" "none can be built"
fi

says 125 'malloc_usable_size' "whoever asks for the live heap is told why not" \
    under "$(rule '"heap_above":10')" ./use
is "the page allocator serves in its place" "$("$MF_RUN" run -q --policy "$NEVER" --allocator pages -- ./use 2>err)" abab
cat >mixed.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
size_t malloc_usable_size(void *block);
char *early;
int main(void) {
    early = realloc(early, 5000);
    char *copy = strdup("words");
    char *more = realloc(copy, 4000);
    printf("%s %s %d\n", early, more, malloc_usable_size(more) >= 4000);
    free(early);
    free(more);
}
EOC
cat >early.c <<'EOC'
#include <stdlib.h>
#include <string.h>
extern char *early;
__attribute__((constructor)) static void begin(void) { early = strcpy(malloc(6), "early"); }
EOC
if "${CC:-cc}" -g -w -fno-builtin -shared -fPIC -o libearly.so early.c &&
    "${CC:-cc}" -g -w -fno-builtin -rdynamic -o mixed mixed.c -Wl,--no-as-needed -L. -learly -Wl,-rpath,"$PWD" -l:libjemalloc.a -lstdc++ -lm -ldl -pthread 2>/dev/null; then
    is "... and leaves the blocks that there were before to the program's own" \
        "$("$MF_RUN" run --policy "$NEVER" --allocator pages -- ./mixed 2>err)" 'early words 1'
else
    skip "blocks that there were before" "there is no static jemalloc"
fi

# What a compiler knows of a function that it calls: which registers that leaves alone, and that
# it needs no aligned stack.
cat >knows.c <<'EOC'
#include <stddef.h>
#include <stdio.h>
static char room[1 << 16];
static size_t used;
#define GET(name, ...) \
    __attribute__((noinline)) void *name(__VA_ARGS__) { \
        void *block = room + used; \
        used += (size + 31) & ~(size_t)15; \
        return used < sizeof(room) ? block : NULL; \
    }
GET(malloc, size_t size)
GET(calloc, size_t count, size_t size)
GET(valloc, size_t size)
GET(pool_get, size_t size)
__attribute__((noinline)) void free(void *block) { __asm__ volatile("nop; nop; nop; nop; nop" : : "r"(block)); }
struct node { long a, b, c, d, e, f; double x; };
#define MAKE(name, call) \
    __attribute__((noinline)) struct node *name(long a, long b, long c, long d, long e, long f, double x) { \
        struct node *node = call; \
        if (node) { *node = (struct node){a, b, c, d, e, f, x}; } \
        return node; \
    } \
    __attribute__((noinline)) void *plain_##name(void) { return call; }
MAKE(by_malloc, malloc(56))
MAKE(by_calloc, calloc(1, 56))
MAKE(by_valloc, valloc(56))
MAKE(by_pool, pool_get(56))
static int is_right(struct node *n, int i) {
    int right = n && n->a == i && n->b == i + 1 && n->c == i + 2 && n->d == i + 3 && n->e == i + 4 && n->f == i + 5 && n->x == i + .5;
    free(n);
    return right;
}
#define ALL(name) right += is_right(name(i, i + 1, i + 2, i + 3, i + 4, i + 5, i + .5), i) + (plain_##name() != NULL);
int main(void) {
    int right = 0;
    for (int i = 0; i < 20; i++) { ALL(by_malloc) ALL(by_calloc) ALL(by_valloc) ALL(by_pool) }
    printf("%d\n", right);
    return 0;
}
EOC
for options in -O1 -O2 '-O3 -fno-pie -no-pie' '-O2 -mavx2'; do
    # shellcheck disable=SC2086
    ${CC:-cc} -g -w -fno-builtin $options -o knows knows.c 2>/dev/null || continue
    for policy in "$NEVER" "$(rule '"stack":{"function":"nobody"}')" "$(rule '"functions":["posix_memalign"]')"; do
        "$MF_RUN" -q --allocation pool_get:size=1 --policy "$policy" -- ./knows 2>err
    done >out
    "$MF_RUN" -q --policy "$NEVER" --allocator pages -- ./knows >>out 2>err
    "$MF_RUN" trace -q -o knows.trace -- ./knows >>out 2>err
    is "all that a compiler counts on is kept, $options" "$(tr '\n' ' ' <out)" '160 160 160 160 160 '
done
plan
