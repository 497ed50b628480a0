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

ok "an overview" "$MF_RUN" --help
like "fits 24 lines of 80 columns, with a prompt below" "$(wc -l <out) $(awk 'length > 80' out)" '^(1?[0-9]|2[0-3]) $'
for command in check ctl explore help histogram list merge replay report run serve suite trace version; do
    like "and has $command" "$(cat out)" "^  $command +[a-z]|'$command'"
    "$MF_RUN" $command --help >named
    "$MF_RUN" help $command >helped
    same "which help prints, too" named helped
done
for command in check ctl explore histogram merge replay report run serve suite trace; do
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
for command in check ctl explore help histogram list merge replay report run serve suite trace version; do
    "$MF_RUN" $command --help >help
    listed_options <help >listed
    sed -n 's/^--\([a-z-]*\) .*/\1/p' listed >takers
    sed -n 's/^--\([a-z-]*\)$/\1/p' listed >flags
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
refuses "a time that is none" "--timeout takes 500ms, 10s, 2m or 1h, not 'soon'" \
    "$MF_RUN" --timeout soon
for bad in '' 0 0s 1d -1 1,5s 9999999h s .; do
    refuses "another: '$bad'" "--budget takes .*, not '$bad'" "$MF_RUN" --budget "$bad"
done
refuses "a number that is none" "--max takes 1 or more, not 'many'" "$MF_RUN" --max many
for bad in '' 0 65 -1 ' 1' 1x 99999999999999999999999; do
    refuses "another: '$bad'" "--jobs takes 1 to 64, not '$bad'" "$MF_RUN" -j "$bad"
done
refuses "a word that is none" "--strategy takes auto, in-place or fresh, not 'quick'" \
    "$MF_RUN" --strategy quick
refuses "a word of the text" "--arm takes load, main or startup, not 'late'" "$MF_RUN" --arm late
refuses "points that are none" "--points takes stacks, all or sample:N, not 'some'" \
    "$MF_RUN" --points some
refuses "a list with one that is none" \
    "--mode takes once, persistent, pairs, or several of them, not 'once,twice'" \
    "$MF_RUN" --mode once,twice
refuses "a part that is none" "--shard takes K/N, with K from 1 to N, not '3/2'" \
    "$MF_RUN" --shard 3/2
refuses "an end that is none" "--exit takes target or verdict, not 'well'" \
    "$MF_RUN" run --exit well
refuses "a weight that is none" "--weigh takes bytes, calls or live, not 'mass'" \
    "$MF_RUN" trace --weigh mass
refuses "an option cut short, which several have" "'--s' is short for several options: --.*--seed.*" "$MF_RUN" --s
refuses "one cut short, which one has" "--timeout takes .*, not 'soon'" "$MF_RUN" --time soon
refuses "an option of a single run, behind one cut short" "no program given: 'verdict' was read as the WHAT of --exit" \
    "$MF_RUN" --time 5s --exit verdict
refuses "an option that an exploration has not" "'--fill' is an option of 'mallocfail run', not of 'mallocfail explore'" \
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
