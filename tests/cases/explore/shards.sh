#!/bin/sh
# SPDX-License-Identifier: MIT
# An exploration in parts, or one that is interrupted and gone on with, comes to what a
# single one does: the same trials, outcomes and defects.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
echo '{"a":[1,2,{"b":"x"}],"c":null}' >t.json

# explored DIR OPTION…: explore jq, which has 2 defects; its status goes to status.
explored() {
    explored_to=$1
    shift
    timeout 120 "$MF_RUN" -q -o "$explored_to" "$@" -- jq .a t.json
    status=$?
}

# trials DIR…, defects DIR: what is to be equal. How often a cause was seen depends on
# which runs were traced, and so do the signatures it has.
trials() {
    for trials_dir in "$@"; do
        jq -r '.trials[] | "\(.mode) \(.number) \(.stack_id) \(.outcome) \(.wait_status)"' \
            "$trials_dir/findings.json"
    done | sort
}
defects() {
    jq -r '.findings[] | select(.outcome != "aborted")
        | "\(.cause) \(.outcome) \(.class) \(.trials) \(.crash_site.offset)"' \
        "$1/findings.json" | sort
}

# equals WHAT DIR: those results are those of the whole.
equals() {
    trials "$2" >got
    same "$1: the same trials, with the same ends" whole.trials got
    defects "$2" >got
    same "$1: the same defects, each as often" whole.defects got
    is "$1: the same counts" \
        "$(jq -cS '[.stacks, .points, .outcomes, .coverage]' "$2/findings.json")" \
        "$(jq -cS '[.stacks, .points, .outcomes, .coverage]' whole/findings.json)"
    is "$1: complete" "$(jq .complete "$2/findings.json")" true
}

explored whole
is "the whole has defects" $status 1
trials whole >whole.trials
defects whole >whole.defects
for part in 1 2 3; do
    explored part$part --shard $part/3
done
trials part1 part2 part3 >parts.trials
is "no trial is in two parts" "$(uniq -d parts.trials)" ''
ok "no part is empty" test -s part1/findings.json -a "$(trials part2 | wc -l)" -gt 0 \
    -a "$(trials part3 | wc -l)" -gt 0
status_is 1 "merge: its status says that there are defects" \
    "$MF_RUN" merge -o merged part1 part2 part3
equals merged merged
status_is 0 "merge: the reproducers come along, and work" timeout 20 "$MF_RUN" replay -q \
    "merged/reproducers/$(jq -r '.findings[0].signature' merged/findings.json).json"
"$MF_RUN" merge -q -o twice part1 part2 part3 part2
equals "what comes twice" twice
is "merge: it took no more time" "$(jq .seconds twice/findings.json)" \
    "$(jq .seconds merged/findings.json)"
is "merge: it was in place once" "$(jq .in_place twice/findings.json)" \
    "$(jq '[.trials[] | select(.in_place)] | length' twice/findings.json)"
is "merge: audits are added up" "$(jq -c '[.audited, .audits_agreed]' merged/findings.json)" \
    "$(cat part[123]/findings.json | jq -cs '[([.[].audited] | add), ([.[].audits_agreed] | add)]')"
is "merge: each once" "$(jq -c '[.audited, .audits_agreed]' twice/findings.json)" \
    "$(jq -c '[.audited, .audits_agreed]' merged/findings.json)"
"$MF_RUN" merge -q -o again whole merged part1
equals "what others have, too" again
"$MF_RUN" -q -o other -- "$MF_TARGETS/explore_victim" null
status_is 1 "merge: another program is told beside" "$MF_RUN" merge -q -o joined part1 other
is "... with its own trials" "$(jq '.trials | length' joined/findings.json)" \
    "$(jq -s 'map(.trials | length) | add' part1/findings.json other/findings.json)"

# Results of runs that were given something else are not those of these.
cp t.json input
"$MF_RUN" -q -o early --max 20 -- jq .a t.json
for option in --leaks --follow --scratch '--watch seen' '--check true' '--prepare true' \
    '--input input'; do
    # shellcheck disable=SC2086
    says 125 "other runs: ${option%% *} differs" "resumed: not with another ${option%% *}" \
        "$MF_RUN" -q -o early --resume early $option -- jq .a t.json
done
"$MF_RUN" -q -o watched --max 20 --watch seen -- jq .a t.json
says 125 "other runs: --watch differs" "resumed: nor without it" \
    "$MF_RUN" -q -o early --resume watched -- jq .a t.json
"$MF_RUN" merge -q -o joined early watched
is "merge: they are two explorations" "$(jq '[.explorations[].run.watch]' -c joined/findings.json)" \
    '[[],["seen"]]'

if env --default-signal=INT true 2>/dev/null; then
    env --default-signal=INT "$MF_RUN" -o early --strategy fresh -- jq .a t.json \
        >out 2>err &
    runner=$!
    until_true grep -q 'clean run' err
    sleep 0.3
    kill -s INT $runner
    wait $runner
    ok "Ctrl-C came in the middle" jq -e \
        '(.complete | not) and (.trials | length) > 0 and (.trials | length) < 900' \
        early/findings.json
    echo "# $(jq '.trials | length' early/findings.json) trials before Ctrl-C"
    explored early --resume early
    is "resumed: its status is that of the whole" $status 1
    equals resumed early
fi
plan
