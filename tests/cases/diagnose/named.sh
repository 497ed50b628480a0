#!/bin/sh
# SPDX-License-Identifier: MIT
# Each way to break is found under its right name: the outcome, the class, what had to
# fail for it, and the function in which it broke.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_named

# named WAY WANTED OPTION…: an exploration of that way finds just this: outcome, class,
# mode, function that broke (or - where none did) and function whose allocation failed.
named() {
    named_way=$1 named_want=$2
    shift 2
    timeout 60 "$MF_RUN" -q -o found --timeout 1s "$@" -- "$victim" "$named_way" \
        >out 2>err
    named_status=$?
    is "$named_way is found under its name" "$named_status $(jq -r '.findings[] |
        [.outcome, .class, .mode, .crash_site.function // "-",
         .injection_site.function // "-"] | join(", ")' found/findings.json)" "1 $named_want"
}

# replays WAY: its reproducer brings it back.
replays() {
    status_is 0 "$1 comes back by its reproducer" timeout 20 "$MF_RUN" replay -q \
        "found/reproducers/$(jq -r '.findings[0].signature' found/findings.json).json"
}

named silent 'silent, none, once, -, lose_entry'
named hang 'hung, hang, once, wait_for_memory, wait_for_memory'
named spin 'hung, spinning, persistent, insist, insist'
named pairs 'crashed, null dereference, pairs, break_here, complain' --mode pairs
replays pairs
named persistent 'crashed, null dereference, persistent, break_here, persistent'
replays persistent
named threads 'crashed, null dereference, once, break_here, work'
named children 'crashed, null dereference, once, break_here, children'
replays children
printf '1\n2\n' >numbers
named input 'crashed, null dereference, once, break_here, input' --input numbers
named files 'crashed, null dereference, once, break_here, files' --scratch
is "files: nothing of it is here" "$(ls victim.* 2>/dev/null)" ''

# Without what they need, nothing breaks, and nobody says it does.
for way in 'pairs once' 'persistent once' 'spin once' 'input once,persistent'; do
    timeout 60 "$MF_RUN" -q -o found --mode "${way#* }" -- "$victim" "${way% *}" 2>err
    is "$way: no crash, no hang" \
        "$? $(jq -c '[.findings[] | select(.crash_site.function != null)] | length' \
            found/findings.json)" \
        "0 0"
    rm -rf found
done
plan
