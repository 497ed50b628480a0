#!/bin/sh
# SPDX-License-Identifier: MIT
# One program with five planted defects, built in all the ways there are: the same five are
# found, as far as a build can show them.
# shellcheck disable=SC2086 # lists of line numbers, and an option of two words
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
cat >planted.c <<'EOC'
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    (void)argv;
    char *a = malloc(16);
    a[0] = 'a'; // null dereference
    char *b = malloc(24), *c = malloc(32);
    if (b && !c) {
        free(b);
        fprintf(stderr, "no memory: %c\n", b[0]); // use after free
        return 1;
    }
    char *d = malloc(40);
    if (!d) {
        free(a);
        free(a); // double free
        return 1;
    }
    char *e = malloc(48);
    if (!e) {
        memset(d, 0, 41 + (size_t)argc); // overflow
        fputs("no memory\n", stderr);
        return 1;
    }
    char *f = malloc(56);
    if (!f) {
        int sum = INT_MAX;
        sum += argc; // undefined
        fprintf(stderr, "no memory: %d\n", sum);
        return 1;
    }
    puts("done");
    free(a), free(b), free(c), free(d), free(e), free(f);
    return 0;
}
EOC
line() {
    grep -n "// $1" planted.c | cut -d: -f1
}
null=$(line null) after=$(line 'use after') double=$(line double)
overflow=$(line overflow) undefined=$(line undefined)

# build COMPILER FLAG…: whether the program can be built so, and runs. Its words are in program.
build() {
    rm -f planted
    program=./planted
    "$@" -g -O0 -w -fno-builtin -o planted planted.c 2>/dev/null && ./planted >/dev/null 2>&1
}

# build_fuzzed SANITIZERS: the same as a harness of libFuzzer's, with one input.
build_fuzzed() {
    program='./fuzzed input'
    clang -g -O0 -w -fno-builtin -fsanitize="fuzzer$1" -o fuzzed fuzzed.c 2>/dev/null &&
        ./fuzzed input >/dev/null 2>&1
}
cat >fuzzed.c <<'EOC'
#include <stddef.h>
#include <stdint.h>
#define main planted_main
#include "planted.c"
#undef main
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)data;
    return size ? planted_main(1, NULL) * 0 : 0;
}
EOC
echo words >input
cp "$MF_SOURCE/tests/targets/inside/heap.c" .

# shows WHAT LINES STRATEGY [NOT_SEEN]: the lines where the crashed findings are, and what the
# build is said not to show.
shows() {
    rm -rf found
    timeout 100 "$MF_RUN" -o found --strategy $3 $allocator $program >out 2>err
    is "$1, $3" \
        "$(jq -c --argjson seldom "${seldom:-0}" '[.findings[] | select(.outcome == "crashed") | .crash_site |
            if .file // "" | test("planted.c$|fuzzed.c$|heap.c$") then .line else null end |
            select(. != $seldom)] | sort' found/findings.json)" \
        "[$2]"
    if [ -n "${4:-}" ]; then
        like "... and what that does not show is said, $3" "$(grep '^mallocfail: not seen: ' err)" "$4"
        like "... in the results, too" "$(jq -c '.not_seen[] | [.what, .why, .remedy]' found/findings.json)" "$4"
    else
        unlike "... and there is nothing that it does not look for, $3" "$(cat err)" 'not seen'
    fi
}

# finds WHAT LINES NOT_SEEN COMPILER FLAG…: so it is, with MF_FULL in both ways.
finds() {
    what=$1 lines=$2 unseen=$3
    shift 3
    if ! build "$@"; then
        skip "$what" "cannot be built here"
        return
    fi
    for strategy in auto ${MF_FULL:+fresh}; do
        shows "$what" "$lines" $strategy "$unseen"
    done
}
allocator=

all=$null,$after,$double,$overflow,$undefined
finds "gcc's AddressSanitizer and UndefinedBehaviorSanitizer show all five" $all '' \
    gcc -fsanitize=address,undefined
finds "gcc's AddressSanitizer shows those of memory" $null,$after,$double,$overflow '' \
    gcc -fsanitize=address
resources=$(clang -print-resource-dir 2>/dev/null)/lib/linux
finds "clang's as a shared library shows the same, and undefined behaviour" $all '' \
    clang -fsanitize=address,undefined -shared-libasan "-Wl,-rpath,$resources"
finds "clang's inside the program show all five" $all '' clang -fsanitize=address,undefined
finds "gcc's AddressSanitizer inside the program shows those of memory" \
    $null,$after,$double,$overflow '' gcc -fsanitize=address -static-libasan

# ThreadSanitizer watches threads, and what was freed; MemorySanitizer watches values.
threads='double frees.*ThreadSanitizer does not look.*AddressSanitizer'
finds "gcc's ThreadSanitizer shows what was freed" $null,$after "$threads" gcc -fsanitize=thread
# The overflow comes into a block that was freed, or not.
seldom=$overflow
finds "clang's, which is inside the program, too" $null,$after "$threads" clang -fsanitize=thread
seldom=
if build clang -fsanitize=thread || build gcc -fsanitize=thread; then
    says 125 'has ThreadSanitizer, which would confuse two blocks' \
        "the page allocator would be mistaken for a race" "$MF_RUN" -o found --allocator pages ./planted
else
    skip "the page allocator would be mistaken for a race" "cannot be built here"
fi
values='uses after free.*MemorySanitizer does not look.*--allocator pages'
finds "clang's MemorySanitizer does not stand in the way" $null,$after "$values" clang -fsanitize=memory -fsanitize-memory-param-retval
allocator='--allocator pages'
# What is behind a block it finds when the program ends, at no line of the program's.
in_pages=null,$null,$after,$double
finds "with the page allocator there are those of memory" $in_pages 'uninitialised values in blocks' \
    clang -fsanitize=memory
allocator=

# glibc itself sees a double free; an overflow that stays in a block's slack is seen by nobody.
finds "gcc's UndefinedBehaviorSanitizer shows what it looks for" $null,$double,$undefined '' \
    gcc -fsanitize=undefined
finds "clang's UndefinedBehaviorSanitizer, which is inside the program, too" \
    $null,$double,$undefined '' clang -fsanitize=undefined
finds "without a sanitizer, gcc" $null,$double '' gcc
finds "without a sanitizer, clang" $null,$double '' clang
own='allocator of its own.*--allocator pages'
finds "with a malloc of its own" $null "$own" gcc heap.c
jemalloc='-l:libjemalloc.a -lstdc++ -lm -ldl -pthread'
tcmalloc='-l:libtcmalloc_minimal.a -lstdc++ -lm -ldl -pthread'
linked() {
    linked_compiler=$1
    shift
    "$linked_compiler" "$@" $library
}
library=$jemalloc
finds "with jemalloc inside" $null "$own" linked gcc
library=$tcmalloc
finds "with tcmalloc inside" $null "$own" linked gcc
# Debian has none; it runs on without end where a block is freed twice.
mimalloc='-l:libmimalloc.a -pthread'
library=$mimalloc
finds "with mimalloc inside" $null "$own" linked gcc

allocator='--allocator pages'
finds "the page allocator shows those of memory without a sanitizer, gcc" $in_pages '' gcc
finds "... and all five with UndefinedBehaviorSanitizer" $in_pages,$undefined '' gcc -fsanitize=undefined
finds "... in place of the program's own malloc" $in_pages '' gcc heap.c
library=$jemalloc
finds "... in place of jemalloc" $in_pages '' linked gcc
library=$tcmalloc
finds "... in place of tcmalloc" $in_pages '' linked gcc
allocator=

# No library comes into a static program: what it shows by itself is found by breakpoints.
for way in 'gcc -static' 'clang -static' 'gcc -static-pie'; do
    finds "$way shows what the C library looks for" $null,$double '' $way
done
if build musl-gcc -static; then
    says 1 'null dereference' "musl-gcc -static shows what crashes" "$MF_RUN" -o found ./planted
else
    skip "musl-gcc -static" "cannot be built here"
fi

if [ -z "${MF_FULL:-}" ]; then
    skip "libFuzzer's harness" "it takes long; MF_FULL is not set"
elif build_fuzzed ''; then
    shows "libFuzzer's harness, plain" $null,$double auto
    allocator='--allocator pages'
    # It has a second thread, so nobody looks at its blocks in the end.
    shows "libFuzzer's harness under the page allocator" $null,$after,$double auto
    allocator=
    build_fuzzed ,address && shows "libFuzzer's harness with AddressSanitizer" $null,$after,$double,$overflow auto
    build_fuzzed ,address,undefined && shows "libFuzzer's harness with both" $all auto
else
    skip "libFuzzer's harness" "cannot be built here"
fi
plan
