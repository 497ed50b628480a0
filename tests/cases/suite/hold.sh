#!/bin/sh
# SPDX-License-Identifier: MIT
# No process is held for longer than --hold says, whatever its children do and however busy the
# machine is; what there was no time for is left, and told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# It says how long it took. Where an allocation fails it goes round in a long loop.
cat >rounds.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
static void turn(void) {
    for (volatile int i = 0; i < 40000000; i++) {}
}
static void use(void *block) {
    while (!block) {
        turn();
    }
    free(block);
}
int main(void) {
    long since = now();
    use(malloc(1)); use(malloc(2)); use(malloc(3)); use(malloc(4)); use(malloc(5)); use(malloc(6));
    printf("%ld\n", now() - since);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o rounds rounds.c || exit 1

busy=
for _ in 1 2 3 4 5 6; do
    sh -c 'while :; do :; done' &
    busy="$busy $!"
done
took=$("$MF_RUN" suite -o held --hold 500ms ./rounds 2>err)
# shellcheck disable=SC2086 # Words.
kill $busy
is "a busy machine, and a loop that is slow to come round: $took ms" "$((took < 1500))" 1
like "what is left is told" "$(cat err)" '[0-9]+ stacks? (was|were) not tried: '
is "... and no less than that" \
    "$(jq '.planned - .tried == ([.left[].failures[]] | length)' held/findings.json)" true

# What a busy machine gave hardly any of its time before it was over did not hang.
cat >slow.c <<'END'
#include <stdlib.h>
#include <time.h>
int main(void) {
    void *block = malloc(9);
    while (!block && clock() < CLOCKS_PER_SEC * 15 / 100) {}
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o slow slow.c || exit 1
if have taskset && taskset -c 0 true 2>taskset.err; then
    busy=
    for _ in 1 2 3 4 5 6 7 8; do
        taskset -c 0 sh -c 'while :; do :; done' &
        busy="$busy $!"
    done
    taskset -c 0 "$MF_RUN" suite -q -o slow.out --hold 800ms ./slow 2>err
    # shellcheck disable=SC2086 # Words.
    kill $busy
    is "what a busy machine did not let run is no hang" \
        "$(jq .outcomes.hung slow.out/findings.json)" 0
else
    skip "what a busy machine did not let run" "no taskset"
fi

# A user who allows less time than mallocfail would is taken at the word.
says 1 '[1-9][0-9]* hung' "a hang within a --timeout of 100 ms" "$MF_RUN" suite -o found --timeout 100ms \
    --program '*explore_victim' "$MF_TARGETS/explore_victim" stuck

# What waits for a time to pass may come to an end by itself; what waits for ever does not.
cat >waits.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    void *block = NULL;
    (void)argv;
    if (argc > 1 && !(block = malloc(11))) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_lock(&mutex);
    }
    for (int i = 0; i < 3 && !block && !(block = malloc(10)); i++) {
        sleep(30);
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o waits waits.c || exit 1
"$MF_RUN" suite -o waits.out --hold 1s ./waits 2>err
is "a short retry loop that the hold cuts off is no hang" "$(jq .outcomes.hung waits.out/findings.json)" 0
like "... which is told" "$(cat err)" \
    '[12] of them waited for a time to pass when (its|their) process could be held no longer: a longer --hold shows more'
"$MF_RUN" suite -o waits.out --hold 60s ./waits for-ever 2>err
is "... and a deadlock is one" \
    "$(jq -r '[.findings[] | "\(.outcome) \(.injection.size)"] | join(" ")' waits.out/findings.json)" \
    'hung 11'

# A recursion on its way to the end of the stack began with the first failure.
cat >deep.c <<'END'
#include <stdlib.h>
static void *get(int depth) {
    void *block = malloc(12);
    for (volatile int i = 0; !block && i < 20000; i++) {}
    return block ? block : get(depth + 1);
}
int main(void) {
    free(get(0));
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o deep deep.c || exit 1
"$MF_RUN" suite -q -o deep.out --timeout 1s --hold 60s ./deep 2>err
is "a recursion that was cut off is told, and reproduced, from its first failure on" \
    "$(jq -r '.findings[] | "\(.class) \(.injection.number)"' deep.out/findings.json)" 'stack overflow 1'

# More frames than there is room for: 65,536 stacks of 47.
{
    printf '#include <stdlib.h>\nvoid f0(void) { free(malloc(10)); }\n'
    for i in $(seq 1 46); do
        call="f$((i - 1))(); __asm__(\"\");"
        printf 'void f%d(void) { %s %s }\n' "$i" "$call" "$([ "$i" -gt 30 ] && echo "$call")"
    done
    printf 'int main(void) { f46(); return 0; }\n'
} >many.c
${CC:-cc} -O0 -fno-builtin -o many many.c || exit 1
"$MF_RUN" suite -o many.out --hold 20ms ./many >out 2>err
like "call sites that are not known are not said to be untried" "$(cat err)" \
    'held long enough \(--hold\); (none|[0-9]+) of them at .* never tried, as far as is known'
like "... and it is said why" "$(cat err)" \
    'the call sites of [0-9]+ stacks are not known, and count as one: there was no room for their frames'
# ... and more than there is room for in the table itself. What is left takes long to write down.
if [ -n "${MF_FULL:-}" ]; then
    sed 's/^int main(void) {/& f46(); __asm__(""); f46(); __asm__(""); f46(); __asm__(""); f46(); __asm__("");/' many.c >more.c
    ${CC:-cc} -O0 -fno-builtin -o more more.c || exit 1
    "$MF_RUN" suite -o more.out --hold 20ms ./more >out 2>err
    like "call sites may be among stacks that the table has no room for" "$(cat err)" \
        'had a stack for which the table had no room: call sites that were never tried may be among them'
fi
"$MF_RUN" -o many.out --max 20 ./many >out 2>err
like "... of an exploration, too" "$(cat err)" \
    'the call sites of [0-9]+ stacks are not known, and count as one: there was no room for their frames'
plan
