#!/bin/sh
# SPDX-License-Identifier: MIT
# A forerunner is held at the target's points as far as the effect barrier lets it come; what
# is found is what fresh processes find, and the target does all that it does by itself, once.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
${CC:-cc} -g -O1 -w -fno-builtin-malloc -o ahead "$MF_SOURCE/tests/targets/held/ahead.c" \
    2>err || skip_all "no compiler"
printf 'abcdefghijklmnopqrstuvwxyz' >letters

# explored WAY WHAT: explore with all points into a directory of that name.
explored() {
    rm -rf "$1" lines
    timeout 60 "$MF_RUN" -vv --jobs 1 --points all --input letters --timeout 10s -o "$1" \
        --strategy "$1" \
        -- ./ahead "$2" >out 2>err
}

# ends WAY: what each trial came to.
ends() {
    jq -c '[.trials[] | [.mode, .number, .outcome, .wait_status]] | sort' "$1/findings.json" ||
        echo "no results of $1"
}

# forerunners: how many there were in the latest exploration.
forerunners() {
    sed -n 's/.*forerunners: \([0-9]*\) .*/\1/p' err
}

for what in nothing print take append raise expire sleep ask limit use await; do
    explored fresh $what
    explored in-place $what
    is "$what: each trial ends in place as it does fresh" "$(ends in-place)" "$(ends fresh)"
    is "$what: the program itself ends as in a clean run" \
        "$(jq '[.not_in_place[] | select(.reason | test("clean run"))] | length' \
            in-place/findings.json)" 0
    # Each process has written each of its lines once: those in front of its failure.
    if [ $what = append ]; then
        is "append: what it writes is written once" "$(sort lines | uniq -d)" ""
    fi
    case $what in
    nothing)
        is "nothing in between: one goes from the first point to the end" "$(forerunners)" 1
        is "nothing in between: all is tried in place" \
            "$(jq '.in_place + .inferred == .tried' in-place/findings.json)" true
        ;;
    await)
        is "where each waits for what only the target does, it is given up soon" \
            "$(jq '.seconds < 5' in-place/findings.json)" true
        ;;
    append)
        # Each is stopped at once: soon no more are sent.
        is "where each is stopped at once, few are sent" \
            "$([ "$(forerunners)" -lt 5 ] && echo few)" few
        ;;
    esac
done

# raise() of the C library asks for the child's numbers and signals itself. Where that is known,
# the next forerunner's barrier lets it through.
for way in fresh in-place; do
    rm -rf $way
    "$MF_RUN" -vv --jobs 1 --points all -o $way --strategy $way -- ./ahead nothing abort \
        >out 2>err
done
is "abort: each trial ends in place as it does fresh" "$(ends in-place)" "$(ends fresh)"
is "abort: all is tried in place" \
    "$(jq '.in_place + .inferred == .tried' in-place/findings.json)" true
# One that a busy machine kept from being in time is sent again.
like "abort: one forerunner learns it, another one has it" "$(forerunners)" '^[23]$'
plan
