#!/bin/sh
# SPDX-License-Identifier: MIT
# Policies without JSON: --nth, --every, --random, --above, --after, and modules and functions,
# in a single run and in explorations.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count

# policy WANTED OPTION…: -v prints the policy that options make.
policy() {
    policy_want=$1
    shift
    "$MF_RUN" run -v "$@" "$count" malloc:8 >out 2>err
    is "run $*" "$(sed -n 's/^mallocfail: policy: //p' err)" "$policy_want"
}
policy '{"rules":[{"name":"--nth 50","nth":50}]}' --nth 50
policy '{"rules":[{"name":"--nth 10-20","nth":{"from":10,"to":20}}]}' --nth 10-20
policy '{"rules":[{"name":"--nth","nth":[3,7,8,9]}]}' --nth 3,7-9
policy '{"rules":[{"name":"--every 100","every":100}]}' --every 100
policy '{"rules":[{"name":"--above 4096","above_size":4096}]}' --above 4K
policy '{"rules":[{"name":"--after","after_ms":2000}]}' --after 2s
policy '{"rules":[{"name":"--random","probability":0.01}]}' --random 1%
policy '{"seed":7,"rules":[{"name":"--random","probability":0.5}]}' --random 0.5 --seed 7
policy '{"rules":[{"caller":{"module":"libx*"}}]}' --only-module 'libx*'
policy '{"rules":[{"name":"--every 2","stack":{"function":"parse_*"},"every":2}]}' --only-function 'parse_*' --every 2
policy '{"rules":[{"caller":{"module":"libc*"},"action":"spare"},{"stack":{"function":"log"},"action":"spare"},{"name":"--nth 3","nth":3}]}' \
    --skip-module 'libc*' --skip-function log --nth 3
policy '{"rules":[{"stack":{"module":"libx*"}}]}' --only-module 'stack:libx*'

# Without a command they mean a single run; modules and functions alone do not.
is "--nth fails that one" "$("$MF_RUN" -q --nth 3 "$count" 'malloc:1*5')" 3
is "--every fails each of those" "$("$MF_RUN" -q --every 2 "$count" 'malloc:1*5')" '2 4'
is "--above fails larger ones" "$("$MF_RUN" -q --above 1K "$count" malloc:1024 malloc:1025 malloc:1)" 2
is "--only-function fails below it" "$("$MF_RUN" -q run --only-function do_steps "$count" malloc:1)" 1
is "--skip-function spares below it" "$("$MF_RUN" -q run --skip-function do_steps "$count" malloc:1)" ''
for bad in '--nth 0' '--nth 5-3' '--nth x' '--nth 1,' '--random 0' '--random 101%' '--random x' \
    '--above 4Q' '--above -1' '--after soon' '--every 0'; do
    # shellcheck disable=SC2086
    says 125 "--(nth|random|above|after|every) takes .*, not '" "refused: $bad" "$MF_RUN" $bad "$count"
done
says 125 '--nth, --every and --random do not go together' "two triggers" "$MF_RUN" --nth 3 --every 2 "$count"
says 125 '--policy says which allocations fail, and so do' "a policy and a trigger" \
    "$MF_RUN" -p fail-nth --nth 3 "$count"
says 125 '--seed goes with --random' "a seed for nothing" "$MF_RUN" run --nth 3 --seed 2 "$count"
says 125 "'--mode' is for trying every failure, and '--nth' means a single run" "--nth with an exploration's" \
    "$MF_RUN" --nth 3 --mode once "$count"

# tries WANTED OPTION…: the numbers that an exploration makes fail.
tries() {
    tries_want=$1
    shift
    rm -rf out.d
    "$MF_RUN" explore -q -o out.d --mode once --arm load "$@" >out 2>err
    is "explore $*" "$(jq -c '[.trials[].number] | sort' out.d/findings.json)" "$tries_want"
}
tries '[3]' --nth 3 "$count" 'malloc:1*6'
tries '[2,3,5]' --nth 2-3,5 "$count" 'malloc:1*6'
tries '[2,4,6]' --every 2 "$count" 'malloc:1*6'
tries '[2,3]' --above 1K "$count" malloc:1024 malloc:1025 malloc:2000 malloc:1
tries '[2]' --after 300ms "$count" malloc:1 sleep:500 malloc:1
tries '[1]' --only-function 'do_st*' --skip-function nobody "$count" malloc:1
tries '[3]' --above 1K --nth 3-9 "$count" malloc:1024 malloc:1025 malloc:2000 malloc:1
rm -rf out.d
"$MF_RUN" explore -q -o out.d --random 50% --points all --mode once "$count" 'malloc:1*400'
like "--random takes about so many" "$(jq '.trials | length' out.d/findings.json)" '^(1[6-9][0-9]|2[0-4][0-9])$'
says 1 '3 allocations, of which --above selects 2 from 1 stack$' \
    "stacks are counted where they are known" \
    "$MF_RUN" explore -o above --arm main --above 1K --nth 1-9 "$count" 'malloc:2000*2' malloc:8
says 125 'nothing was tested: --above selects none of 1 allocation' "none of that size" \
    "$MF_RUN" explore --above 1G "$count" malloc:8
says 125 'nothing was tested: --only-function and --skip-function leave no allocation' "no such function" \
    "$MF_RUN" explore --only-function nobody "$count" malloc:8
says 1 "--skip-function 'nobody' matches no function that allocates" "a pattern for nothing" \
    "$MF_RUN" explore --skip-function nobody "$count" malloc:8
plan
