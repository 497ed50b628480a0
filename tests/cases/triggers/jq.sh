#!/bin/sh
# SPDX-License-Identifier: MIT
# The same number gives the same end: a real program, its first 50 allocations.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
echo '{"a":[1,2,{"b":"text"}]}' >data.json

for n in $(seq 50); do
    printf '{"version":1,"rules":[{"nth":%d}]}\n' "$n" >nth.json
    under nth.json jq . data.json >out.one 2>err.one
    one=$?
    under "$(cat nth.json)" jq . data.json >out.two 2>err.two
    two=$?
    # The shell's own word about a crash is none of ours.
    { alone nth.json jq . data.json >out.alone 2>err.alone; } 2>/dev/null
    is "jq with its allocation $n failing: twice by the runner, once without" \
        "$two $? $(cat out.two)" "$one $one $(cat out.one)"
done
all=$(for n in $(seq 50); do
    under "$(rule "\"nth\":$n")" jq . data.json >/dev/null 2>&1
    echo $?
done | sort -u | wc -l)
ok "and it is not all the same" test "$all" -gt 1
plan
