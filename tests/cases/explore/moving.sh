#!/bin/sh
# SPDX-License-Identifier: MIT
# Outputs that hold what moves from run to run: times, numbers of processes.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
moving=$MF_TARGETS/moving

for strategy in in-place fresh; do
    "$MF_RUN" -o found --strategy $strategy -- "$moving" pid >std 2>told
    is "what moves is no defect, $strategy" "$? $(jq -c '[.outcomes.silent, .oracle.stdout_moving, .oracle.stderr_moving]' found/findings.json)" \
        '0 [0,[1],[]]'
    like "it is told which lines are left out, $strategy" "$(cat told)" \
        'line 1 of stdout differs in clean runs: it is not compared'
    like "times are told apart, $strategy" "$(cat told)" \
        '1 line of stdout holds times, which are not compared'
    like "of stderr, too, $strategy" "$(cat told)" '1 line of stderr holds times'

    "$MF_RUN" -o found --strategy $strategy -- "$moving" wrong >std 2>told
    is "a wrong line beside them is one, $strategy" \
        "$? $(jq -c '[.findings[] | select(.injection.function == "malloc" and .injection.size == 5) | [.outcome, .difference.line, .difference.got]]' found/findings.json)" \
        '1 [["silent",4,"nobody"]]'

    touch made
    "$MF_RUN" -o found --strategy $strategy -- "$moving" clock made >std 2>told
    is "a clock that goes on after the clean runs makes no defect, $strategy" \
        "$? $(jq -c '[.outcomes.silent, .outcomes.flaky]' found/findings.json)" '0 [0,0]'
done

rm -f thrown
"$MF_RUN" -o found -j 1 --mode once --points all --strategy fresh -- "$moving" coin thrown >std 2>told
is "what is the same in two clean runs by chance is no defect" \
    "$? $(jq -c '.outcomes.silent' found/findings.json)" '0 0'

# Whose turn it is among threads says nothing; what they write does.
cat >turns.c <<'EOF'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void *first(void *unused) {
    char *late = malloc(5), *wrong = malloc(6);
    if (!late) { usleep(300000); }
    puts(wrong ? "first" : "none");
    fflush(stdout);
    return unused;
}
static void *second(void *unused) {
    free(malloc(7));
    usleep(100000);
    puts("second");
    return unused;
}
int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
EOF
${CC:-cc} -g -O0 -w -fno-builtin -pthread -o turns turns.c || exit 1
"$MF_RUN" -o found --mode once -- ./turns >std 2>told
is "of threads only the lines count, not their order" \
    "$(jq -c '[.oracle.stdout_unordered, [.findings[] | select(.outcome == "silent") | .injection.size | select(. < 10)]]' found/findings.json)" \
    '[true,[6]]'
like "... and that is told" "$(cat told)" 'several threads run: the order of lines of stdout is not compared'
plan
