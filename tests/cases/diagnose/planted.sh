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

# finds WHAT LINES COMPILER FLAG…: the lines where the crashed findings are, in both ways.
finds() {
    what=$1 lines=$2
    shift 2
    rm -f planted
    if ! "$@" -g -O0 -w -fno-builtin -o planted planted.c 2>/dev/null || ! ./planted >/dev/null 2>&1; then
        skip "$what" "cannot be built here"
        return
    fi
    for strategy in auto fresh; do
        rm -rf found
        "$MF_RUN" -q -o found --strategy $strategy $allocator ./planted >out 2>err
        is "$what, $strategy" \
            "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line] | sort' found/findings.json)" \
            "[$lines]"
    done
}
allocator=

all=$null,$after,$double,$overflow,$undefined
finds "gcc's AddressSanitizer and UndefinedBehaviorSanitizer show all five" $all \
    gcc -fsanitize=address,undefined
finds "gcc's AddressSanitizer shows those of memory" $null,$after,$double,$overflow \
    gcc -fsanitize=address
resources=$(clang -print-resource-dir 2>/dev/null)/lib/linux
finds "clang's as a shared library shows the same, and undefined behaviour" $all \
    clang -fsanitize=address,undefined -shared-libasan "-Wl,-rpath,$resources"
finds "clang's inside the program show all five" $all clang -fsanitize=address,undefined
finds "gcc's AddressSanitizer inside the program shows those of memory" \
    $null,$after,$double,$overflow gcc -fsanitize=address -static-libasan
finds "clang's ThreadSanitizer, which is inside the program, shows what was freed" \
    $null,$after clang -fsanitize=thread
finds "clang's MemorySanitizer does not stand in the way" $null clang -fsanitize=memory
# It sees no overflow that stays in the allocator's slack; glibc itself sees a double free.
finds "gcc's UndefinedBehaviorSanitizer shows what it looks for" $null,$double,$undefined \
    gcc -fsanitize=undefined
finds "clang's UndefinedBehaviorSanitizer, which is inside the program, too" \
    $null,$double,$undefined clang -fsanitize=undefined
# It watches threads, and what was freed; a byte too many and a sum it does not.
finds "gcc's ThreadSanitizer shows what was freed" $null,$after gcc -fsanitize=thread
allocator='--allocator pages'
# It finds the overflow when the program ends, at no line of the program's.
finds "without a sanitizer the page allocator shows those of memory" \
    null,$null,$after,$double gcc
plan
