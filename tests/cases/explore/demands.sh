#!/bin/sh
# SPDX-License-Identifier: MIT
# What users demand of how a failure is handled: --expect-status, --expect-message, --strict.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have "${CC:-cc}" jq || skip_all "no compiler, or no jq"
cat >ways.c <<'EOS'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    // Noticed as it should be.
    if (!malloc(11)) {
        fputs("ways: out of memory\n", stderr);
        return 1;
    }
    // Noticed, with another status.
    if (!malloc(12)) {
        fputs("ways: out of memory\n", stderr);
        return 3;
    }
    // Noticed without a message.
    if (!malloc(13)) {
        return 1;
    }
    // Not noticed.
    malloc(14);
    // Noticed, and not the end of it.
    if (!malloc(15)) {
        fputs("ways: out of memory\n", stderr);
        malloc(1);
        return 1;
    }
    return 0;
}
EOS
"${CC:-cc}" -g -O0 -w -fno-builtin -o ways ways.c || skip_all "cannot compile"

# finds WANTED OPTION…: sizes and classes of what is found.
finds() {
    finds_want=$1
    shift
    rm -rf found
    "$MF_RUN" -o found --mode once --arm load "$@" ./ways >out 2>err
    is "$*" "$? $(jq -r '[.findings[] | "\(.injection.size) \(.class)"] | sort | join(", ")' found/findings.json)" \
        "$finds_want"
}
for strategy in in-place fresh; do
    finds '0 ' --strategy $strategy
    finds '1 12 unexpected end' --expect-status 1 --strategy $strategy
    finds '0 ' --expect-status 1,3 --strategy $strategy
    finds '1 13 unexpected end' --expect-message 'out of memory$' --strategy $strategy
    finds '1 12 unexpected end, 13 unexpected end' --expect-status 1 --expect-message '^ways: ' --strategy $strategy
    finds '1 14 ignored failure, 15 ignored failure' --strict --strategy $strategy
done
like "it says what is demanded" "$(cat err)" 'it succeeds with the usual output, as if nothing had failed \(--strict\)'
like "by the class, not as wrong output" "$(cat err)" '^mallocfail: silent: ignored failure'
for reproducer in found/reproducers/*.json; do
    ok "replay demands it, too" "$MF_RUN" replay "$reproducer"
done
finds '1 12 unexpected end' --expect-status 1
for reproducer in found/reproducers/*.json; do
    ok "a status, too" "$MF_RUN" replay "$reproducer"
done
for format in sarif junit html github text; do
    ok "the format $format has it" sh -c '"$1" report found -f "$2" | grep -q "expect-status"' sh "$MF_RUN" $format
done
says 125 "--expect-status takes numbers from 0 to 255, as 1 or 1,2, not 'x'" "a status that is none" \
    "$MF_RUN" --expect-status x ./ways
says 125 "--expect-message takes an extended regular expression, not '\\('" "an expression that is none" \
    "$MF_RUN" --expect-message '(' ./ways
plan
