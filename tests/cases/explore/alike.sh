#!/bin/sh
# SPDX-License-Identifier: MIT
# Stacks of which not all frames are known look alike, and may be different ones: their
# allocations are tried one by one, and where these are too many, that is told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
${CC:-cc} -g -O0 -fno-builtin -o alike "$MF_SOURCE/tests/targets/held/alike.c" 2>err || exit 1

# found WHAT COMMAND…: its one defect is found, in place and fresh, in whatever stack.
found() {
    found_what=$1
    shift
    for found_way in auto fresh; do
        says 1 'crashed: null dereference' "$found_what: $found_way" \
            "$MF_RUN" -o found --strategy $found_way --mode once -- "$@"
        is "... and all was chosen" "$(jq '.chosen.points == .chosen.allocations' found/findings.json)" true
    done
}

found "no file can be read" ./alike closed
found "calls that are deeper than stacks are read" ./alike deep
case $(uname -m) in
x86_64) found "code without a file" ./alike compiled ;;
*) skip "code without a file" "it is written for x86-64" ;;
esac

if ${CC:-cc} -static -g -O0 -fno-builtin -o static "$MF_SOURCE/tests/targets/held/alike.c" 2>err; then
    says 1 'crashed: null dereference' "a static program" "$MF_RUN" -o found --mode once -- ./static deep
else
    skip "a static program" "there is no static C library"
fi

# A library, or a program, without unwind tables; and one that says nothing of where it ends.
cat >plain.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static volatile size_t sizes[] = {10, 12, 13};
__attribute__((noinline, noclone)) void *get(size_t size) {
    void *block = malloc(size);
    if (size == 4444) { puts("?"); }
    return block;
}
int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 3;
    for (long i = 0; i < count; i++) {
        void *block = get(sizes[0]);
        if (!block) { return 1; }
        free(block);
    }
    volatile char *third = get(sizes[1]);
    third[0] = 1;
    void *last = get(sizes[2]);
    return !last;
}
END
${CC:-cc} -g -O2 -fno-builtin -fno-asynchronous-unwind-tables -fno-unwind-tables \
    -o plain plain.c 2>err || exit 1
case $(uname -m) in
x86_64) found "no unwind tables" ./plain ;;
*) skip "no unwind tables" "they are always there" ;;
esac
"$MF_RUN" -o many --mode once -- ./plain 1000 >out 2>err
like "where they are many, every so many-th one is tried, and that is told" "$(cat err)" \
    '1 stack may stand for several: .*; [67][0-9] of its 1002 allocations were chosen \(--points all tries each\)'
ok "the results are as the schema says" python3 "$MF_SOURCE/tests/validate.py" \
    "$MF_SOURCE/schemas/findings.schema.json" many/findings.json
like "a suite tells it" "$("$MF_RUN" suite -o suite.out ./plain 2>&1)" \
    '1 stack may stand for several: not all of its frames are known .* mallocfail --points all -- COMMAND'

# What is tried of stacks that are known is told, too.
cat >loop.c <<'END'
#include <stdlib.h>
int main(void) {
    for (int i = 0; i < 10; i++) {
        void *block = malloc(10);
        if (!block) { return 1; }
        free(block);
    }
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o loop loop.c || exit 1
says 0 '3 of 10 allocations were chosen: of each stack the first, the second and the last \(--points all tries each\)' \
    "how many allocations were not tried is told" "$MF_RUN" -o loop.out -- ./loop
unlike "... and where all are tried, it is not" "$("$MF_RUN" -o loop.out --points all -- ./loop 2>&1)" 'were chosen'
plan
