#!/bin/sh
# SPDX-License-Identifier: MIT
# Policies on static programs: what fails is what fails in the dynamic build of the same source.
# shellcheck disable=SC2086 # compilers with their options
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read reports with"
[ "$(uname -m)" = x86_64 ] || skip_all "no breakpoints are known for $(uname -m)"
cat >each.c <<'EOC'
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char letters[64];
static void tell(char letter, const void *block, int error) {
    size_t at = strlen(letters);
    letters[at] = block ? letter : error == ENOMEM ? '-' : '?';
}
static void *inner(size_t size) {
    void *block = malloc(size);
    return block;
}
static void *outer(size_t size) {
    void *block = inner(size);
    return block;
}
int main(void) {
    static char buffer[256];
    void *volatile block;
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    for (int round = 0; round < 3; round++) {
#define TELL(letter, call) (errno = 0, block = call, tell(letter, block, errno))
        TELL('m', malloc(10));
        TELL('c', calloc(3, 10));
        TELL('o', outer(20));
        TELL('r', realloc(malloc(5), 1000));
        TELL('n', realloc(NULL, 7));
        TELL('a', aligned_alloc(64, 64));
        void *aligned = NULL;
        errno = 0;
        int error = posix_memalign(&aligned, 32, 50);
        tell('p', aligned, error);
        if (errno) {
            tell('!', letters, 0);
        }
    }
    block = realloc(malloc(8), 0);
    printf("%s\n", letters);
    fprintf(stderr, "%s\n", letters);
    return 0;
}
EOC
# letters PROGRAM POLICY: what failed, a letter for each call that did not.
letters() {
    timeout 60 "$MF_RUN" -q --policy "$2" -- "$1" 2>/dev/null
}
policies='"nth":1
"nth":[2,5,9]
"nth":{"from":2,"to":12,"step":3}
"every":2
"from":7
"functions":["calloc"],"nth":2
"functions":["realloc"],"nth":3
"functions":["posix_memalign","aligned_alloc"],"every":2
"size":{"min":20,"max":30}
"above_size":60,"nth":2
"size":{"max":10},"every":3,"times":2
"caller":{"function":"inner"},"nth":2
"caller":{"function":"ma*"},"nth":4
"stack":{"function":"outer"}
"after_failures":0,"nth":3,"times":1
"probability":0.4
"counter":"thread","nth":4
"thread":{"index":1},"nth":6
"process":"s*","nth":3
"process":"other","nth":1
"process_index":2,"nth":1'
ways='cc -static
cc -static-pie
cc -O2 -static -fcf-protection=full
musl-gcc -static
musl-gcc -O2 -static'
while read -r way; do
    compiler=${way%% *}
    options=${way#* }
    [ "$compiler" != cc ] || compiler=${CC:-cc}
    # What is inlined is inlined in both.
    level=-O0
    case $options in *-O2*) level=-O2 ;; esac
    ${CC:-cc} -g -w -fno-builtin $level -o dynamic each.c
    if ! $compiler -g -w -fno-builtin $options -o static each.c 2>/dev/null; then
        skip "policies, $way" "cannot be built here"
        continue
    fi
    got='' wanted=''
    # The two have names that begin alike, for filters by process.
    cp dynamic sdynamic
    while read -r members; do
        got="$got
$members: $(letters ./static "$(rules "{$members}" '"arm":"main"')")"
        wanted="$wanted
$members: $(letters ./sdynamic "$(rules "{$members}" '"arm":"main"')")"
    done <<EOP
$policies
EOP
    is "the same fail as in the dynamic build, $way" "$got" "$wanted"
done <<EOW
$ways
EOW

${CC:-cc} -g -w -fno-builtin -static -o static each.c
${CC:-cc} -g -w -fno-builtin -o dynamic each.c
two=$(rules '{"name":"one","nth":2},{"name":"spared","action":"spare","functions":["malloc"]},{"name":"rest","every":2}' \
    '"arm":"main"')
is "several rules, and calls that are spared" "$(letters ./static "$two")" "$(letters ./dynamic "$two")"
is "a report counts what rules select and take" \
    "$(report "$(rules '{"every":5}' '"arm":"main"')" '[.rules[0].selected, .rules[0].taken, .allocations]' ./static)" \
    '[25,5,25]'
is "its injections have numbers, sizes and stacks" \
    "$(report "$(rules '{"size":{"min":20,"max":20},"nth":2}' '"arm":"main"')" \
        '.injections[0] | [.function, .number, .size, [.frames[].symbol][:3]]' ./static)" \
    '["malloc",11,20,["inner","outer","main"]]'
says 0 'static program: failed by breakpoints, slower' "that is said" \
    "$MF_RUN" --policy "$(rule '"nth":3')" -- ./static
is "and in the report" "$(report "$(rule '"nth":3')" .breakpoints ./static)" true
is "not where there are none" "$(report "$(rule '"nth":3')" .breakpoints ./dynamic)" false

says 125 'linked statically.*"arm": "api" needs' "what needs the library is refused: \"arm\": \"api\"" \
    "$MF_RUN" --policy "$(rules '{"nth":1}' '"arm":"api"')" -- ./static
says 125 'selects what cannot fail: .* no breakpoint is put into "mmap"' "so is a rule of mmap alone" \
    "$MF_RUN" --policy "$(rule '"functions":["mmap"]')" -- ./static
says 125 'no breakpoint is put into "files"' "so is one of memory and files" \
    "$MF_RUN" --policy "$(rule '"functions":["memory","files"]')" -- ./static
says 125 'also needs' "so are other resources in an exploration" \
    "$MF_RUN" --also files -o found -- ./static
says 125 'another allocator needs' "so is another allocator" \
    "$MF_RUN" run --allocator pages -- ./static
says 125 '"heap_above" needs' "so is the live heap" \
    "$MF_RUN" --policy "$(rule '"heap_above":10')" -- ./static
says 125 'leaks needs' "so are leaks" "$MF_RUN" --leaks -o found -- ./static
says 125 'fill needs' "so is the filling of freed blocks" \
    "$MF_RUN" --fill --policy "$NEVER" -- ./static
plan
