#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that asks mallocfail.h how many blocks live.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

cat >live.c <<'EOC'
#include "mallocfail.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void show(void) {
    printf("%d/%d ", (int)mallocfail_live_blocks(), (int)mallocfail_live_bytes());
}
static void *churn(void *kept) {
    for (int i = 0; i < 5000; i++) {
        free(malloc((size_t)i % 500));
    }
    *(void **)kept = malloc(100);
    return NULL;
}
static char *leaky(void) {
    char *first = malloc(10), *second = malloc(20);
    if (!first || !second) {
        free(first); // and not the second
        return NULL;
    }
    free(second);
    return first;
}
int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        MALLOCFAIL_EACH(n) {
            mallocfail_live_begin();
            free(leaky());
            MALLOCFAIL_PAUSED {
                uint64_t blocks = mallocfail_live_blocks();
                printf("%d:%d ", (int)n, (int)blocks);
            }
        }
        return 0;
    }
    static char room[1000];
    setvbuf(stdout, room, _IOFBF, sizeof(room));
    char *early = malloc(1000);
    errno = 7;
    int begun = mallocfail_live_begin();
    printf("%d %d: ", begun, errno);
    show();
    char *one = malloc(10), *two = calloc(3, 5);
    show();
    free(early);
    one = realloc(one, 30);
    show();
    void *three = NULL;
    int error = posix_memalign(&three, 64, 100);
    void *four = aligned_alloc(64, 128), *five = reallocarray(NULL, 3, 3);
    show();
    free(two), free(three), free(four), free(five);
    show();
    void *huge = realloc(one, (size_t)-1 / 4);
    one = huge ? huge : one;
    show();
    pthread_t threads[3];
    void *kept[3];
    mallocfail_live_begin();
    show();
    free(one);
    show();
    mallocfail_live_begin();
    for (int i = 0; i < 3; i++) {
        error |= pthread_create(&threads[i], NULL, churn, &kept[i]);
    }
    for (int i = 0; i < 3; i++) {
        error |= pthread_join(threads[i], NULL);
    }
    // glibc keeps what it gives a thread at its start.
    printf("%d ", mallocfail_live_bytes() >= 300 && mallocfail_live_blocks() < 30);
    free(kept[0]), free(kept[1]), free(kept[2]);
    return printf("%d\n", error) < 0;
}
EOC
build="-g -Wall -Wextra -Werror -fno-builtin -D_GNU_SOURCE -I$MF_SOURCE/include live.c -pthread"
counts='0 7: 0/0 2/25 2/45 5/282 1/30 1/30 0/0 0/0 1 0'
for how in -O0 '-O2 -std=gnu17'; do
    # shellcheck disable=SC2086 # words on purpose
    "${CC:-cc}" $how $build -o live || exit 1
    is "with the library alone ($how)" "$(LD_PRELOAD=$MF_LIB ./live)" "$counts"
    is "without it nothing is counted ($how)" "$(./live)" '-1 38: 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0 0'
done
is "under the runner" "$("$MF_RUN" run -q -- ./live)" "$counts"
is "with the page allocator" "$("$MF_RUN" run -q --allocator pages -- ./live)" "$counts"
is "in a loop of failures a leak shows" "$(LD_PRELOAD=$MF_LIB ./live each)" '0:0 1:1 2:0 3:0 '
is "where the live heap is counted otherwise, too" \
    "$("$MF_RUN" -q --policy "$(rule '"heap_above":1000000000')" -- ./live)" "$counts"
is "while a trace is recorded it is refused" \
    "$("$MF_RUN" trace -q -o live.mft ./live | cut -c 1-10)" '-1 38: 0/0'
cp "$MF_SOURCE/tests/targets/inside/heap.c" .
# shellcheck disable=SC2086 # words on purpose
if "${CC:-cc}" -w $build heap.c -o own 2>/dev/null; then
    like "with an allocator inside, too" "$("$MF_RUN" run -q -- ./own 2>&1)" '^-1 38: 0/0'
fi
# shellcheck disable=SC2086 # words on purpose
"${CXX:-c++}" -x c++ -fpermissive -w $build -o cpp
is "in C++" "$(LD_PRELOAD=$MF_LIB ./cpp)" "$counts"
plan
