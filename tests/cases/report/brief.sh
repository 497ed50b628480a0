#!/bin/sh
# SPDX-License-Identifier: MIT
# Results in few words: -q, reports on the standard output, JUnit by defect.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have "${CC:-cc}" jq xmllint || skip_all "no compiler, jq or xmllint"
# Two defects, and many stacks that lead to the first one.
cat >many.c <<'EOS'
#include <stdlib.h>
#include <string.h>
#define CALL put(take(8))
static void *take(size_t size) { return malloc(size); }
static void put(void *to) { memset(to, 1, 8); free(to); }
int main(void) {
    CALL; CALL; CALL; CALL; CALL; CALL;
    char *other = malloc(16);
    other[3] = 1;
    free(malloc(32));
    return 0;
}
EOS
"${CC:-cc}" -g -O0 -w -fno-builtin -o many many.c || skip_all "cannot compile"
"$MF_RUN" -q --report junit:many.xml --report json:- ./many >out 2>err
is "-q: a line for each defect, and one for their sum" "$(wc -l <err) $(cut -d: -f1,2 err | tr '\n' ',')" \
    '3 mallocfail: null dereference,mallocfail: null dereference,mallocfail: 2 defects; results in mallocfail-out,'
brief='mallocfail: null dereference,mallocfail: null dereference,mallocfail: 2 defects'
"$MF_RUN" merge -q -o all mallocfail-out 2>err
is "merge -q: the same" "$(cut -d: -f1,2 err | sed "s,[0-9]* failures tried\, ,," | cut -d";" -f1 | paste -sd,)" "$brief"
"$MF_RUN" run -q -p "$(rule '"nth": 1')" ./many 2>err
is "run -q: the same" "$(cut -d: -f1,2 err | paste -sd,)" 'mallocfail: null dereference,mallocfail: 1 defect'
"$MF_RUN" run -q -p "$NEVER" ./many 2>err
is "... and nothing where there is none" "$(cat err)" ''
"$MF_RUN" replay -q "$(echo mallocfail-out/reproducers/* | cut -d' ' -f1)" 2>err
like "replay -q: a line for the finding" "$(wc -l <err) $(cat err)" '^1 mallocfail: null dereference: '
is "--report json:- goes to the standard output" "$(jq '.findings | length' out)" 2
xml() { xmllint --xpath "$1" many.xml; }
is "JUnit: a failure for each defect, not for each stack" \
    "$(xml 'string(/testsuites/@failures)') $(xml 'count(//testcase[failure])')" '2 2'
is "and a case for each other stack" "$(xml 'string(/testsuites/@tests)') $(xml 'count(//testcase)')" '3 3'
like "a defect's case says what and where" "$(xml 'string(//testcase[failure][1]/@name)')" \
    '^null dereference in .*, many.c:[0-9]+, after malloc\([0-9]+\) failed in .*, many.c:[0-9]+$'
"$MF_RUN" -q "$MF_TARGETS/count" free 2>err
is "-q: what is not tested is told" "$(wc -l <err)" 1
"$MF_RUN" run -q --nth 1 --report text:- "$MF_TARGETS/count" malloc:8 >out 2>err
is "a single run's own standard output is not written to" "$(cat out)" 1
like "the report is on the standard error" "$(cat err)" '1 allocation, 1 failed'
rm -rf mallocfail-out all
ok "--list tries nothing" "$MF_RUN" --list --arm load ./many
is "and prints a line for each point" "$(awk '{ print $1, $2 }' out | tail -n 2 | tr '\n' ,)" '7 16,8 32,'
like "with the call site" "$(tail -n 1 out)" '^ +8 +32  [0-9a-f]{16}  main at many.c:10$'
like "which it says" "$(cat err)" '^mallocfail: 8 points; none was tried$'
is "no results are written" "$(find . -name findings.json)" ''
is "--list with --above" "$("$MF_RUN" -q explore --list --arm load --above 8 ./many | awk '{ print $1 }' | tr '\n' ,)" 7,8,
plan
