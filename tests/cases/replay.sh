#!/bin/sh
# SPDX-License-Identifier: MIT
# Reproducers of explorations: a finding comes back in the circumstances it was found in,
# and where it does not, the reason is told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_victim

# explored OPTION… -- PROGRAM…: explore, and name the only finding's reproducer.
explored() {
    rm -rf found
    "$MF_RUN" -q -o found --mode once "$@" >std 2>told
    reproducer=found/reproducers/$(jq -r '.findings[0].signature' found/findings.json).json
}

# circumstance FILTER: of the reproducer's run.
circumstance() {
    jq -c ".reproduces.run|$1" "$reproducer"
}

explored -- "$victim" wrong
says 0 'stdout, line 2 \(byte 6\)' "wrong output comes back, with the place" \
    "$MF_RUN" replay "$reproducer"
like "what was wanted there" "$(cat err)" 'wanted +second$'
like "what came" "$(cat err)" 'came +\(nothing more\)$'
is "what the program wrote is printed" "$(cat out)" first
is "the place is in the results" \
    "$(jq -c '.findings[0].difference|[.where,.line,.offset,.wanted]' found/findings.json)" \
    '["stdout",2,6,"second"]'
says 1 'against clean runs this one was tolerated' "a program that is mended" \
    "$MF_RUN" replay "$reproducer" -- "$MF_TARGETS/writer" lines file
rm -f file

explored --timeout 1s -- "$victim" hang
status_is 0 "a hang comes back" "$MF_RUN" replay -q "$reproducer"
ok "in the time it had" test "$(circumstance .timeout_ms)" -lt 2000
explored --timeout 1s -- "$victim" runaway
says 0 'that was the beginning of [0-9]+ bytes' "so does output without end" \
    "$MF_RUN" replay "$reproducer"
like "which is called that" "$(tail -n 30 err)" 'hung: spinning'

echo go >input
explored --input input -- "$victim" input
is "the input is recorded" "$(circumstance .input)" '"input"'
status_is 0 "and read again" "$MF_RUN" replay -q "$reproducer"
says 1 'did not come back' "another one can be given" \
    "$MF_RUN" replay --input /dev/null "$reproducer"
rm input
says 125 "cannot (read|run).*input" "one that is gone is missed" "$MF_RUN" replay -q "$reproducer"

explored --scratch --watch file -- "$MF_TARGETS/writer" lines file
says 0 'file' "a watched file that differs" "$MF_RUN" replay "$reproducer"
like "is named" "$(cat err)" 'differs file'
status_is 1 "nothing is written here" test -e file
explored --prepare 'echo before >file' --watch file -- "$MF_TARGETS/writer" append file
is "what prepares it is recorded" "$(circumstance .prepare)" '"echo before >file"'
status_is 0 "and done again" "$MF_RUN" replay -q "$reproducer"
says 125 'what --prepare names has failed' "another one can be given, too" \
    "$MF_RUN" replay -q --prepare false "$reproducer"
plan
