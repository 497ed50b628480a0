#!/bin/sh
# SPDX-License-Identifier: MIT
# The ready policies, and those of the parser's tests, through the command.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count
ready=$MF_SOURCE/policies

set --
for policy in "$ready"/*.json; do
    case $policy in */policy.schema.json) continue ;; esac
    set -- "$@" "$policy"
done
ok "check: the ready policies are in order" "$MF_RUN" check "$@"
is "check says nothing where all is well" "$(cat out err)" ''
for policy in "$MF_SOURCE"/tests/policies/valid/*.json; do
    ok "check: valid/${policy##*/}" "$MF_RUN" check "$policy"
done
for policy in "$MF_SOURCE"/tests/policies/invalid/*.json; do
    name=${policy##*/}
    "$MF_RUN" check "$policy" >out 2>err
    is "check: invalid/$name is refused, in one line, with its place" \
        "$? $(sed "s|^.*/$name:||" err)$(cat out)" "125 $(cat "${policy%.json}.error")"
done
for option in -q --quiet; do
    is "check $option says nothing, and its status all" \
        "$("$MF_RUN" check $option "$policy" 2>&1; echo $?) $("$MF_RUN" check $option "$1"; echo $?)" \
        '125 0'
done
says 125 'no policy to check' "check -q: how it is used is told all the same" "$MF_RUN" check -q
status_is 125 "check: a missing file" "$MF_RUN" check none.json
says 125 'first.*|second' "check goes on after a bad file" sh -c \
    'printf "{" >first.json; printf "[" >second.json; exec "$1" check first.json second.json' sh \
    "$MF_RUN"
is "and names both" "$(grep -c 'first\.json:1:\|second\.json:1:' err)" 2

# fires NAME WANTED STEP…: what a ready policy does.
fires() {
    fires_name=$1 fires_want=$2
    shift 2
    both "$fires_name" "$ready/$fires_name.json" "$fires_want" "$count" "$@"
}
fires fail-nth 50 'malloc:1*120'
fires fail-every '100 200' 'malloc:1*250'
fires fail-above-size 2 malloc:4096 malloc:4097 malloc:1
fires fail-after-ms '3 4' 'malloc:1*2' sleep:90 'malloc:1*2'
fires fail-all '1 2 3' 'malloc:1*3'
fires memory-limit '3 6' 'malloc:500000*3' free 'malloc:500000*3'
fires fail-one-library '' 'malloc:1*100'
fires spare-startup '10 20' 'malloc:1*25'
chance=$(under "$ready/fail-random.json" "$count" 'malloc:1*3000')
both "fail-random: the same again" "$ready/fail-random.json" "$chance" "$count" 'malloc:1*3000'
# shellcheck disable=SC2086
set -- $chance
ok "fail-random: about one in a hundred ($# of 3,000)" test $# -gt 10 -a $# -lt 60
if have xmllint; then
    echo '<a/>' >data.xml
    ok "fail-one-library: xmllint without it is well" under "$NEVER" xmllint data.xml
    under "$ready/fail-one-library.json" xmllint data.xml >out 2>err
    ok "fail-one-library: under it, it is not" test $? -ne 0
else
    skip "fail-one-library: xmllint" "not installed"
fi
for policy in "$ready"/*.json; do
    case $policy in */policy.schema.json) continue ;; esac
    like "${policy##*/} describes itself" "$(cat "$policy")" '"description": *"[^"]{20}'
done
plan
