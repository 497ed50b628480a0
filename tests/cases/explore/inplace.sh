#!/bin/sh
# SPDX-License-Identifier: MIT
# Trials in place: neither children that hang nor pids that come again cost what was learnt.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
MALLOCFAIL_LIBRARY=$MF_LIB
export MALLOCFAIL_LIBRARY

# explored COUNT DESCRIPTION [WRAPPER…] mallocfail OPTION… : so many trials, all in place.
explored() {
    explored_want=$1 explored_what=$2
    shift 2
    rm -rf found
    "$@" >out 2>err
    # A very busy machine may cost one now and then.
    is "$explored_what" "$(jq --argjson all "$explored_want" \
        '.in_place >= $all - $all / 100 and (.trials | length) == $all' found/findings.json)" true
    sed 's/^/# /' err
}

# in_place OPTION… PROGRAM…: try each failure in place.
in_place() {
    "$MF_RUN" -q -o found --strategy in-place --mode once --points all "$@"
}

explored 6 "children that hang while the program waits for one of them to end" \
    in_place --jobs 1 --timeout 300ms -- "$MF_TARGETS/explore_victim" stuck

# with_few_pids COMMAND…: have pids come again after some forty.
with_few_pids() {
    # shellcheck disable=SC2016 # for the other shell
    unshare --pid --fork --mount-proc \
        sh -c 'echo 340 >/proc/sys/kernel/pid_max && exec "$@"' sh "$@"
}
# Before that version, all of the machine would have few.
kernel=$(printf '%s\n' 6.14 "$(uname -r)" | sort -V | head -n 1)
if [ "$kernel" = 6.14 ] && have unshare && with_few_pids true 2>err; then
    explored 500 "pids that come again and again" with_few_pids "$MF_RUN" -q -o found \
        --strategy in-place --mode once --points all -- "$MF_TARGETS/count" 'malloc:16*500'
else
    skip "pids that come again and again" "they cannot be made few here"
fi
plan
