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

for command in check ctl explore histogram merge replay report run trace; do
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
