#!/bin/sh
# SPDX-License-Identifier: MIT
# Command lines that are none: one line says what is wrong with them, and where to read on;
# help and version go to the standard output, or are an error.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# refuses DESCRIPTION PATTERN COMMAND…: with 125, and one line like that.
refuses() {
    refuses_what=$1 refuses_pattern=$2
    shift 2
    "$@" >out 2>err
    like "$refuses_what" "$? $(wc -l <err) $(cat err out)" "^125 1 mallocfail: $refuses_pattern\$"
}

for command in check ctl explore histogram merge replay report run suite trace; do
    refuses "$command: an option that is none" \
        "unknown option '--nonsense': try 'mallocfail $command --help'" "$MF_RUN" $command --nonsense
    refuses "$command: a letter that is none" \
        "unknown option '-Z': try 'mallocfail $command --help'" "$MF_RUN" $command -Z
    refuses "$command: help takes nothing" \
        "option '--help=me' takes no argument: try 'mallocfail $command --help'" \
        "$MF_RUN" $command --help=me
    refuses "$command: nothing to work on" 'no.*' "$MF_RUN" $command
    ok "$command: help" "$MF_RUN" $command --help
    like "$command: says how it is used" "$(head -n 1 out)" "^Usage: mallocfail .*$command"
    is "$command: and nothing else" "$(cat err)" ''
    if [ -w /dev/full ]; then
        # shellcheck disable=SC2016 # for the other shell
        refuses "$command: help that cannot be written" 'cannot write to the standard output: .*' \
            sh -c '"$@" >/dev/full' sh "$MF_RUN" $command --help
    fi
done
# Each option in the help of each command, by itself.
for command in check ctl explore histogram merge replay report run suite trace; do
    "$MF_RUN" $command --help >help
    sed -n 's/^  [ -][ a-zA-Z][ ,] --\([a-z-]*\) [A-Z].*/\1/p' help >takers
    sed -n 's/^  [ -][ a-zA-Z][ ,] --\([a-z-]*\)  .*/\1/p' help >flags
    is "$command: has no option twice" "$(sort takers flags | uniq -d)" ''
    while read -r option; do
        refuses "$command: --$option needs an argument" \
            "option '--$option' needs an argument: try 'mallocfail $command --help'" \
            "$MF_RUN" $command "--$option"
    done <takers
    while read -r option; do
        refuses "$command: --$option takes none" \
            "option '--$option=x' takes no argument: try 'mallocfail $command --help'" \
            "$MF_RUN" $command "--$option=x"
    done <flags
    like "$command: --help fits a screen" "$(wc -l <help) $(awk 'length > 80' help)" '^[1-4]?[0-9] $'
done

# Values, by the kind of their option: one way to say what is wrong with them.
refuses "a time that is none" "'soon' is not a valid time for --timeout: use 500ms, 10s, 2m or 1h" \
    "$MF_RUN" --timeout soon
for bad in '' 0 0s 1d -1 1,5s 9999999h s .; do
    refuses "another: '$bad'" "'$bad' is not a valid time for --budget: use .*" "$MF_RUN" --budget "$bad"
done
refuses "a number that is none" "'many' is not a valid number for --max: use 1 or more" "$MF_RUN" --max many
for bad in '' 0 65 -1 ' 1' 1x 99999999999999999999999; do
    refuses "another: '$bad'" "'$bad' is not a valid number for --jobs: use 1 to 64" "$MF_RUN" -j "$bad"
done
refuses "a word that is none" "'quick' is not a valid choice for --strategy: use auto, in-place or fresh" \
    "$MF_RUN" --strategy quick
refuses "a word of the text" "'late' is not a valid choice for --arm: use load, main or startup" "$MF_RUN" --arm late
refuses "points that are none" "'some' is not a valid choice for --points: use stacks, all or sample:N" \
    "$MF_RUN" --points some
refuses "a list with one that is none" \
    "'once,twice' is not a valid choice for --mode: use once, persistent, pairs, or several of them" \
    "$MF_RUN" --mode once,twice
refuses "a part that is none" "'3/2' is not a valid choice for --shard: use K/N, with K from 1 to N" \
    "$MF_RUN" --shard 3/2
refuses "an end that is none" "'well' is not a valid choice for --exit: use target or verdict" \
    "$MF_RUN" run --exit well
refuses "a weight that is none" "'mass' is not a valid choice for --weigh: use bytes, calls or live" \
    "$MF_RUN" trace --weigh mass
refuses "an option cut short, which two have" "unknown option '--s': try 'mallocfail --help'" "$MF_RUN" --s
refuses "one cut short, which one has" "'soon' is not a valid time for --timeout: use .*" "$MF_RUN" --time soon
refuses "an option of a single run, behind one cut short" "no program given: try 'mallocfail --help'" \
    "$MF_RUN" --time 5s --exit verdict
refuses "an option that an exploration has not" "unknown option '--fill': try 'mallocfail explore --help'" \
    "$MF_RUN" explore --fill

refuses "an option that is none" "unknown option '--nonsense': try 'mallocfail --help'" \
    "$MF_RUN" --nonsense
refuses "the same behind one of a single run" "unknown option '--nonsense': try 'mallocfail --help'" \
    "$MF_RUN" --fill --nonsense
for option in timeout output points mode strategy arm jobs input prepare watch check budget max \
    shard seed baseline resume only-module skip-module allocator report source-root; do
    refuses "--$option needs an argument" \
        "option '--$option' needs an argument: try 'mallocfail --help'" "$MF_RUN" --$option
done
refuses "-p needs an argument" "option '-p' needs an argument: try 'mallocfail --help'" "$MF_RUN" -p
refuses "so does --policy" "option '--policy' needs an argument: try 'mallocfail --help'" \
    "$MF_RUN" --policy
ok "the version" "$MF_RUN" --version
like "is a line" "$(cat out)" '^mallocfail [0-9.]+$'
plan
