#!/bin/sh
# SPDX-License-Identifier: MIT
# The runner, with each of its allocations failing once.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count
survives_own_failures || skip_all "this runner's own allocations cannot fail"
cp "$MF_SOURCE/policies/fail-every.json" policy.json

# survives COMMAND…: with allocation 1, 2, … failing, until none fails any more, it ends with
# 0 or 125 each time, and with 125 it says why. Prints how many it survived.
survives() {
    n=0
    while [ $n -lt 5000 ]; do
        n=$((n + 1))
        timeout 20 env LD_PRELOAD="$MF_LIB" \
            MALLOCFAIL_POLICY="$(rule "\"process\":\"mallocfail\",\"nth\":$n")" \
            MALLOCFAIL_LIBRARY="$MF_LIB" "$@" >out 2>err </dev/null
        status=$?
        case $status in
        0) [ -s err ] || cmp -s out wanted || echo "allocation $n: 0, but other output" ;;
        125) [ -s err ] || echo "allocation $n: 125 without a word" ;;
        *) echo "allocation $n: status $status" ;;
        esac
        # The first one that is never reached: all was as without us, three times over.
        if [ $status = 0 ] && [ ! -s err ] && cmp -s out wanted; then
            calm=$((calm + 1))
            [ $calm -lt 30 ] || break
        else
            calm=0
        fi
    done
    echo "$n" >tried
}

# takes DESCRIPTION COMMAND…
takes() {
    takes_what=$1
    shift
    "$@" >wanted 2>err </dev/null
    calm=0
    is "$takes_what" "$(survives "$@")" ''
}

takes "a run" "$MF_RUN" -q --policy policy.json -- "$count" 'malloc:16*250'
ok "which allocates ($(cat tried) tried)" test "$(cat tried)" -gt 31
takes "a run with a report" "$MF_RUN" -q --policy policy.json --report json:report.json -- \
    "$count" 'malloc:16*250'
takes "check" "$MF_RUN" check policy.json
takes "help" "$MF_RUN" --help
takes "completion" "$MF_RUN" --complete run --
takes "options that are lists" "$MF_RUN" --watch one --watch two --report "json:a" --help
plan
