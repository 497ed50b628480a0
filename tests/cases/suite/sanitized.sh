#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs with sanitizers in a suite end as they do alone, with the user's own options; what the
# sanitizers find on error paths is found.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# Three that a sanitizer finds something in without any failure.
cat >overflows.c <<'EOC'
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments) {
    (void)arguments;
    free(malloc(40));
    int sum = INT_MAX;
    sum += count;
    printf("it goes on: %d\n", sum);
    return 0;
}
EOC
cat >loses.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
static void lose(int size) {
    char *block = malloc(size);
    if (block) { block[0] = 0; }
}
int main(void) {
    lose(41);
    puts("it loses a block");
    return 0;
}
EOC
cat >dangles.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *block = malloc(42);
    if (!block) { return 2; }
    strcpy(block, "gone");
    free(block);
    puts("before");
    return block[1] == 'o';
}
EOC
# Four with a defect that only a failure shows; one of them reports something else, too.
cat >overflows_too.c <<'EOC'
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments) {
    (void)arguments;
    int own = INT_MAX;
    own += count;
    char *block = malloc(50);
    int sum = block ? 1 : INT_MAX;
    sum += count;
    free(block);
    printf("%d\n", own);
    return block ? 0 : sum != 0;
}
EOC
cat >overflows_then.c <<'EOC'
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments) {
    (void)arguments;
    char *block = malloc(51);
    int sum = block ? 1 : INT_MAX;
    sum += count;
    // More than is kept of the end.
    for (int i = 0; !block && i < 9999; i++) { fputs("no memory\n", stderr); }
    puts("fine");
    free(block);
    return block ? 0 : sum != 0;
}
EOC
cat >overruns_then.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *first = malloc(24), *block = malloc(52);
    if (!first) { return 2; }
    for (volatile int i = 0; i < (block ? 24 : 25); i++) { first[i] = 'x'; }
    puts("fine");
    free(first), free(block);
    return 0;
}
EOC
cat >dangles_then.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *first = malloc(16);
    if (!first) { return 2; }
    strcpy(first, "one");
    char *block = malloc(53);
    if (!block) {
        free(first);
        fprintf(stderr, "no memory for %s\n", first);
        return 2;
    }
    puts("fine");
    free(block), free(first);
    return 0;
}
EOC
cat >Suite <<'END'
for one in overflows loses dangles overflows_too overflows_then overruns_then dangles_then; do
    ./$one
    echo "$one: $?"
done
echo "$ASAN_OPTIONS" | sed 's/^verify_asan_link_order=0:*//'
echo "$UBSAN_OPTIONS$LSAN_OPTIONS"
env -u ASAN_OPTIONS ./dangles
echo "without options: $?"
END

# plain FILE: what is told of addresses, processes and the memory nearby left out.
plain() {
    grep -v '^mallocfail: \|^    after \|^[= ][> ] *0x\|^$' "$1" | sed 's/0x[0-9a-f]*/0x/g; s/==[0-9]*==/====/'
}

# build COMPILER FLAG…: all seven.
build() {
    for one in overflows overflows_too overflows_then; do
        "$@" -g -O0 -w -fno-builtin -fsanitize=undefined -o "$one" "$one.c" 2>/dev/null || return 1
    done
    for one in loses dangles overruns_then dangles_then; do
        "$@" -g -O0 -w -fno-builtin -fsanitize=address -o "$one" "$one.c" 2>/dev/null || return 1
    done
    ./overflows >alone.out 2>alone.err && grep -q 'runtime error' alone.err && ./overruns_then >alone.out
}

# by SIZE: the findings of the allocation of that size.
by() {
    jq -r --argjson size "$1" '[.findings[] | select(.injection.size == $size) |
        "\(.class): \(.detail)"] | join(" ")' found/findings.json
}

# reproducer SIZE: the file of the first of them.
reproducer() {
    jq -r --argjson size "$1" '[.findings[] | select(.injection.size == $size) |
        "found/\(.reproducer)"] | first' found/findings.json
}

# suites COMPILER FLAG…
suites() {
    if ! have "$1" || ! build "$@"; then
        skip "$*" "cannot be built here"
        return
    fi
    rm -rf found
    ASAN_OPTIONS=exitcode=9
    export ASAN_OPTIONS
    sh ./Suite >alone.out 2>alone.err
    "$MF_RUN" suite -q -o found -- sh ./Suite >out 2>err
    unset ASAN_OPTIONS
    is "$*: statuses and output are those alone" "$(cat out)" "$(cat alone.out)"
    like "... a report does not end what goes on" "$(cat out)" '^overflows: 0'
    like "... lost blocks are told" "$(cat out)" '^loses: [1-9]'
    like "... the user's options count" "$(cat out)" '^dangles: 9'
    like "... where a program has them" "$(cat out)" '^without options: 1'
    is "... so are the reports" "$(plain err)" "$(plain alone.err)"
    like "... and an overflow on an error path is found" "$(by 51)" \
        '^sanitizer: UndefinedBehaviorSanitizer: signed integer overflow[^U]*$'
    is "... so is one behind the process's own" \
        "$(jq -r '.findings[] | select(.injection.size == 50) | .explanation' found/findings.json |
            grep -o 'fault at [a-z_.:0-9]*')" 'fault at overflows_too.c:10'
    is "... a write past the end" "$(by 52)" 'sanitizer: AddressSanitizer: heap-buffer-overflow'
    is "... a use after free" "$(by 53)" 'sanitizer: AddressSanitizer: heap-use-after-free'
    is "... and nothing that the programs do by themselves" \
        "$(jq -c '[.findings[] | select(.defect) | .injection.size] | sort' found/findings.json)" '[50,51,52,53]'
    like "... which is told" "$(jq -r '.own_ends[].end' found/findings.json)" \
        'signed integer overflow.* at overflows.c:8'
    for size in 51 52 53; do
        status_is 0 "... which comes back: $size" "$MF_RUN" replay -q "$(reproducer $size)"
    done
    rm -rf found log.*
    ASAN_OPTIONS=log_path=$PWD/log "$MF_RUN" suite -o found -- sh -c './dangles; ./dangles_then' >out 2>err
    is "... reports that go to a file go there" "$(cat log.* | grep -c 'ERROR: Addr'), $(plain err | grep -c ERROR)" '1, 0'
    like "... those of children are found, or it is told that they cannot be seen" \
        "$(by 53)$(cat err)" 'heap-use-after-free|outside effects: open'
}

suites gcc
suites gcc -static-libasan -static-libubsan
suites clang

# ThreadSanitizer goes on, and its report is printed in another way.
if have gcc && gcc -g -O0 -w -fno-builtin -fsanitize=thread -o dangles_then dangles_then.c 2>/dev/null &&
    ./dangles_then >out; then
    "$MF_RUN" suite -q -o found ./dangles_then >out 2>err
    is "gcc -fsanitize=thread: a use after free" "$(by 53)" 'sanitizer: ThreadSanitizer: heap-use-after-free'
    status_is 0 "... which comes back" "$MF_RUN" replay -q "$(reproducer 53)"
else
    skip "gcc -fsanitize=thread: a use after free" "cannot be built here"
fi
plan
