#!/bin/sh
# SPDX-License-Identifier: MIT
# --within 3x keeps a suite within three times its own time: children are cut off early, and
# what there was no time for is left, and told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# A hundred call sites in a tenth of a second, and half a second for the children: at the first one a failure breaks the program, after
# each of the others it goes on for 50 ms, or for as many as the first argument says.
{
    cat <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static void turn(long ms) {
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);
}
static long rest = 50;
static void use(char *block) {
    if (!block) {
        turn(rest);
        exit(3);
    }
    free(block);
    turn(1);
}
int main(int argc, char **argv) {
    rest = argc > 1 ? atol(argv[1]) : rest;
    char *first = malloc(100);
    *first = 0;
    free(first);
END
    i=0
    while [ $((i += 1)) -le 99 ]; do
        echo "    use(malloc($i));"
    done
    cat <<'END'
    puts("done");
    return 0;
}
END
} >sites.c
${CC:-cc} -g -O0 -fno-builtin -o sites sites.c || exit 1

says 1 'defects? in' "a suite with --within" "$MF_RUN" suite -o bound --within 3x ./sites
is "... ends as it does alone" "$(cat out)" "done"
held=$(sed -n 's/.*processes were held for \([0-9.]*\) s (--within 3x).*/\1/p' err)
took=$(sed -n 's/.*the suite ended .* after \([0-9.]*\) s;.*/\1/p' err)
# On a busy machine a child is cut off later than it should be.
is "processes are held for two thirds of the time: $held of $took s" \
    "$(jq -n "$held > 0 and $held <= $took * 2 / 3 + 0.5")" true
like "what was cut off is told" "$(cat err)" '[0-9]+ failures were not run to their end'
like "... and what there was no time for" "$(cat err)" \
    'not tried: .*came when the suite had used up its time \(--within\)'
is "... and no less than that" \
    "$(jq '.planned - .tried == ([.left[].failures[]] | length)' bound/findings.json)" true
is "what breaks is found" \
    "$(jq -r '.findings[].crash_site.function' bound/findings.json)" main

# Far more time than that takes. On a busy machine the first children may be cut off: the
# suite has used next to no time yet.
says 1 'of that, processes were held' "with more time" "$MF_RUN" suite -o wide --within 1000 --hold 60s \
    ./sites 1
is "... all is tried" "$(jq '.planned == .tried and .tried >= 200' wide/findings.json)" true
unlike "... in time" "$(cat err)" 'not tried'

for times in 1 0.5x 3m x3 1e9 ''; do
    says 125 "not valid|3x, or a number from 1.1" "--within '$times'" \
        "$MF_RUN" suite --within "$times" ./sites
done
plan
