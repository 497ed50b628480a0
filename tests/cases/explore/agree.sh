#!/bin/sh
# SPDX-License-Identifier: MIT
# In place as fresh: each point ends with the same status either way.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# trials DIR FILTER: a line for each, in order.
trials() {
    jq -r ".trials[] | $2" "$1/findings.json" | sort
}

# explored WAY OPTION…: explore into a directory of that name.
explored() {
    explored_way=$1
    shift
    timeout 120 "$MF_RUN" -q -o "$explored_way" --strategy "$explored_way" "$@"
}

# agree NAME OPTION… -- PROGRAM…: mode, number, stack, outcome and status of every trial.
agree() {
    agree_name=$1
    shift
    for strategy in in-place fresh; do
        explored $strategy "$@"
        trials $strategy '"\(.mode) \(.number) \(.stack_id) \(.outcome) \(.wait_status)"' \
            >"$strategy.list"
    done
    echo "# $agree_name: $(wc -l <in-place.list) trials," \
        "$(jq .in_place in-place/findings.json) of them in place"
    same "$agree_name: each trial ends in place as it does fresh" \
        in-place.list fresh.list
}

echo '{"a":[1,2,{"b":"x"}],"c":null}' >t.json
echo '<a><b x="1">t</b></a>' >t.xml
echo 'scale=30; define f(x){ if(x<2) return 1; return x*f(x-1)}; f(30); 1/3' >t.bc
agree jq --points sample:250 --seed 3 -- jq .a t.json
have sqlite3 && agree sqlite3 --points all -- sqlite3 :memory: .tables
have lua5.4 && agree lua --points all -- lua5.4 -e 'print(("x"):rep(9), #{1,2,3})'
have xmllint && agree xmllint --points all -- xmllint t.xml
have mawk && agree mawk --points all -- mawk 'BEGIN{for(i=0;i<50;i++)a[i]=i; print length(a)}'
have bc && agree bc --points all --input t.bc -- bc -q

# A program whose numbers move after the clean runs, which have seen nothing of it.
for strategy in in-place fresh; do
    rm -f victim.runs
    explored $strategy -- "$MF_TARGETS/explore_named" moves
    is "numbers that move, $strategy: that is noticed" \
        "$(jq .oracle.drifts $strategy/findings.json)" true
    is "numbers that move, $strategy: the place is found" \
        "$(jq -r '.findings[] | "\(.outcome) in \(.crash_site.function)"' \
            $strategy/findings.json)" "crashed in break_here"
    trials $strategy '"\(.mode) \(.stack_id) \(.outcome)"' >$strategy.list
done
is "numbers that move: every stack has failed, in both modes" \
    "$(cut -d' ' -f1,2 in-place.list | uniq | wc -l)" 8
same "numbers that move: each stack ends in place as it does fresh" in-place.list fresh.list

# A program that seeds its hash by the time of day. Some stacks are in some runs only.
if have xmllint; then
    awk 'BEGIN { print "<r>"
        for (i = 0; i < 300; i++) printf "<n%d a%d=\"v\">t</n%d>\n", i, i, i
        print "</r>" }' >large.xml
    explored in-place --points all --mode once -- xmllint --noout large.xml
    explored fresh --points sample:400 --mode once -- xmllint --noout large.xml
    for strategy in in-place fresh; do
        trials $strategy 'select(.failed > 0) | "\(.stack_id) \(.outcome) \(.wait_status)"' |
            uniq >$strategy.list
    done
    cut -d' ' -f1 in-place.list | uniq >in-place.stacks
    grep -Ff in-place.stacks fresh.list >both.list
    echo "# xmllint, larger: $(wc -l <in-place.stacks) stacks," \
        "$(cut -d' ' -f1 both.list | uniq | wc -l) of them in the sample too; numbers move" \
        "in place: $(jq .oracle.drifts in-place/findings.json)," \
        "fresh: $(jq .oracle.drifts fresh/findings.json)"
    ok "xmllint, larger: there are stacks that both had" test -s both.list
    is "xmllint, larger: those end fresh as they do in place" \
        "$(comm -13 in-place.list both.list)" ''
fi
plan
