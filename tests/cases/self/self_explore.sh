#!/bin/sh
# SPDX-License-Identifier: MIT
# Our own explorer explores the runner, which survives each failure, and none makes
# it claim a success that it did not have.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
survives_own_failures || skip_all "this runner's own allocations cannot fail"
# The runner's own runs find their library by this.
MALLOCFAIL_LIBRARY=$MF_LIB
export MALLOCFAIL_LIBRARY
victim=$MF_TARGETS/explore_victim
SOME=${MF_FULL:+stacks}
SOME=${SOME:-sample:8}

# explored DESCRIPTION STATUSES POINTS COMMAND…: the runner explores itself; no failure breaks
# code of ours, and no run ends otherwise than with one of those statuses or with 125.
# libseccomp and capstone break by themselves where memory runs out, where that does no harm. A
# try that had no memory may be made once more, and then the program's output is there twice.
explored() {
    explored_what=$1 explored_fine=$2 explored_points=$3
    shift 3
    rm -rf explored
    timeout 900 "$MF_RUN" explore -o explored --points "$explored_points" --timeout 20s -- \
        "$MF_RUN" "$@" >out 2>err
    explored_status=$?
    is "$explored_what: no failure breaks it" "$([ $explored_status -le 1 ] || cat err
        jq -c '.findings[] | select(.outcome != "silent") |
            select(.crash_site.module // "" | test("libseccomp|libcapstone") | not) |
            [.outcome, .class, .crash_site]' explored/findings.json)" ''
    is "$explored_what: none makes it claim anything else" "$(jq -c --argjson fine "$explored_fine" \
        '[.trials[] | (.wait_status / 256) as $status | select(($fine + [125]) |
            index($status) | not) | $status] | group_by(.) | map([.[0], length])' \
        explored/findings.json)" '[]'
    ok "$explored_what: $(jq '[.trials[] | select(.failed > 0)] | length' explored/findings.json) \
allocations failed" jq -e '[.trials[] | select(.failed > 0)] | length >= 4' explored/findings.json
}

"$MF_RUN" explore -q -o found -- "$victim" wrong >out 2>err
signature=$(jq -r '.findings[0].signature' found/findings.json)
cp -r found other

explored "check" '[0]' all check "$MF_SOURCE/policies/fail-nth.json"
explored "a run" '[0]' "$SOME" -q --policy "$MF_SOURCE/policies/fail-every.json" \
    --report json:report.json -- "$MF_TARGETS/count" 'malloc:16*250'
explored "merge" '[1]' stacks merge -q -o merged found other
# jansson loses a byte of a string where memory runs out: there is no such PROGRAM then.
explored "replay" '[0, 127]' "$SOME" replay -q "found/reproducers/$signature.json"
if [ -n "${MF_FULL:-}" ]; then
    # Where a failure cuts the exploration short, what was found until then counts.
    explored "an exploration" '[1]' "$SOME" \
        explore -q --max 3 --jobs 1 -o inner -- "$victim" wrong
else
    skip "an exploration" "only by ./bootstrap check --full"
fi
plan
