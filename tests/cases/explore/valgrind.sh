#!/bin/sh
# SPDX-License-Identifier: MIT
# A program under valgrind: failures hit the program and not valgrind's launchers, and
# memcheck tells what the failing path lost.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have valgrind || skip_all "no valgrind"
cat >giveup.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *first = malloc(10);
    char *second = first ? malloc(20) : NULL;
    if (!second) {
        fputs("giveup: out of memory\n", stderr);
        return 2; // without its first block
    }
    free(second);
    free(first);
    puts("done");
    return 0;
}
EOC
${CC:-cc} -g -o giveup giveup.c || exit 1
# Debian 12's gives up over the debug information that its clang writes by default.
LD_PRELOAD=$MF_LIB valgrind -q ./giveup >out 2>&1
if grep -q 'unhandled dwarf2' out; then
    skip_all "this valgrind cannot read what this compiler writes"
fi

second=$(rule '"nth":2')
says 2 'definitely lost: 10 bytes in 1 blocks' "memcheck reports the leak of the failing path" \
    "$MF_RUN" -p "$second" valgrind --leak-check=full ./giveup
errors=$(cat "$tap_home/err")
like "... and no other error" "$errors" 'ERROR SUMMARY: 1 errors from 1 contexts'
like "... its stack leads to the allocation" "$errors" 'main \(giveup.c:4\)'
like "... one failed, in the program itself" "$errors" '#2 malloc\(20\) by giveup\['
unlike "... nothing is told of valgrind's launchers" "$errors" 'process (dash|sh|valgrind)'

says 0 'definitely lost: 0 bytes|no leaks are possible' "a policy that spares all leaves memcheck's report clean" \
    "$MF_RUN" -q -p "$NEVER" valgrind --leak-check=full ./giveup
export VALGRIND_OPTS=--error-exitcode=9
status_is 9 "the user's VALGRIND_OPTS hold" "$MF_RUN" -q -p "$second" valgrind -q --leak-check=full ./giveup
unset VALGRIND_OPTS

says 0 '3 of 3 stacks,' "an exploration goes through a program under valgrind" \
    "$MF_RUN" -j 2 valgrind -q ./giveup

cat >unchecked.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *p = malloc(10);
    p[0] = 1;
    puts("ok");
    free(p);
    return 0;
}
EOC
${CC:-cc} -g -w -fno-builtin-malloc -o unchecked unchecked.c || exit 1
for strategy in auto in-place fresh; do
    says 1 '^mallocfail: crashed: .*SIGSEGV' "a crash under valgrind is a crash: $strategy" \
        "$MF_RUN" --strategy $strategy valgrind -q ./unchecked
    unlike "... and not flaky" "$(cat "$tap_home/err")" flaky
done
plan
