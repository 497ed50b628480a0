#!/bin/sh
# SPDX-License-Identifier: MIT
# An allocator that asks mallocfail.h whether it is to fail.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
cat >pool.c <<'EOC'
#include "mallocfail.h"
#include <stdio.h>
#include <string.h>
static char room[10000];
static size_t used;
static __attribute__((noinline)) char *pool_get(size_t size) {
    errno = 5;
    if (mallocfail_should_fail(size) || sizeof(room) - used < size) {
        return NULL;
    }
    used += size;
    return room + used - size;
}
static __attribute__((noinline)) char *load(size_t size) {
    char *block = pool_get(size);
    __asm__ volatile("");
    return block;
}
int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        MALLOCFAIL_EACH(n) {
            used = 0;
            char *first = load(8), *second = load(8);
            printf("%d%d%d ", first != NULL, second != NULL, (int)mallocfail_failures(MALLOCFAIL_THREAD));
        }
        return 0;
    }
    char *first = load(16);
    char *second = pool_get(200);
    if (!first) {
        return 3;
    }
    printf("%d %d\n", second != NULL, errno);
    second[0] = 1; // BREAKS
    return 0;
}
EOC
line=$(grep -n BREAKS pool.c | cut -d: -f1)
build="-g -Wall -Wextra -Werror -I$MF_SOURCE/include pool.c"

# ends STATUS OUTPUT DESCRIPTION MEMBERS: what comes of the program under that rule.
ends() {
    under "$(rule "$4")" ./pool >out 2>err
    is "$3" "$? $(cat out)" "$1 $2"
}

for how in -O0 -O2 '-O2 -no-pie -fno-pie' '-O1 -std=c99 -pedantic'; do
    # shellcheck disable=SC2086 # words on purpose
    "${CC:-cc}" $how $build -o pool || exit 1
    is "without the library it never fails ($how)" "$(./pool)" '1 5'
    ends 3 '' "its first allocation fails" '"nth":1'
done
ends 0 '1 5' "one that is only counted passes, and errno stays" '"nth":3'
ends 3 '' "it is selected by its size" '"size":{"min":16,"max":16}'
ends 3 '' "by its name" '"functions":["mallocfail_should_fail"],"nth":1'
ends 0 '1 5' "it is no malloc" '"functions":["malloc"],"size":{"min":16,"max":16}'
ends 3 '' "by its caller, the allocator" '"caller":{"function":"pool_get"},"nth":1'
ends 3 '' "by its stack" '"stack":{"function":"load"}'
is "with the library alone, too" "$(alone "$(rule '"nth":1')" ./pool; echo $?)" 3
is "a loop fails each of them" "$(LD_PRELOAD=$MF_LIB ./pool each)" '110 011 101 110 '
is "the report names it, its size and who asked" \
    "$(report "$(rule '"nth":1')" '.injections[0] | [.function, .size] + (.frames[0] | [.symbol, .line])' ./pool)" \
    "[\"mallocfail_should_fail\",16,\"pool_get\",$(grep -n 'if (mallocfail_should_fail' pool.c | cut -d: -f1)]"
"$MF_RUN" trace -q --policy "$(rule '"nth":1')" -o trace.mft -- ./pool >out 2>err
like "a trace has those that are refused" "$("$MF_RUN" trace --format json trace.mft 2>&1)" 'mallocfail_should_fail'

for strategy in in-place fresh; do
    rm -rf found
    says 1 "after mallocfail_should_fail\(200\)|the NULL from mallocfail_should_fail\(200\)" \
        "an exploration finds what it breaks, $strategy" \
        timeout 60 "$MF_RUN" explore -o found --strategy $strategy -- ./pool
    is "and where" "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line]' found/findings.json)" \
        "[$line]"
done
file=found/$(jq -r '.findings[] | select(.outcome == "crashed") | .reproducer' found/findings.json)
says 0 'same finding came back' "its reproducer brings it back" "$MF_RUN" replay "$file"
says 1 '3 of 3 stacks.* crashed' "a suite tries them, too" timeout 60 "$MF_RUN" suite -o all -- sh -c './pool; ./pool'

# Its malloc is out of reach without the runner; whoever asks is reached.
# shellcheck disable=SC2086 # words on purpose
if clang -fsanitize=address $build -o sane 2>/dev/null; then
    is "with AddressSanitizer linked statically, by the library alone" \
        "$(alone "$(rule '"functions":["mallocfail_should_fail"],"nth":1')" ./sane; echo $?)" 3
else
    skip "with AddressSanitizer linked statically" "clang cannot build it here"
fi
# shellcheck disable=SC2086 # words on purpose
"${CXX:-c++}" -x c++ $build -o cpp
is "in C++" "$(alone "$(rule '"nth":1')" ./cpp; echo $?)" 3
plan
