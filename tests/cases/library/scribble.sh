#!/bin/sh
# SPDX-License-Identifier: MIT
# A target that writes into the shared memory at random for its whole life: what is
# reported of it is worth nothing, but the runner ends by itself, and in little memory.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

scribble=$MF_TARGETS/scribble
SEEDS=${MF_SEEDS:-4}
MS=20
# What is in front of the runner, and how long it may take.
watched='' patience=30

# tries WHAT COMMAND…: with each seed, by the program itself and by a child that outlives
# it, the command ends with a status of ours.
tries() {
    tries_what=$1
    shift
    tries_bad=
    for tries_seed in $(seq "$SEEDS"); do
        for tries_who in '' child; do
            rm -rf found report.json
            # shellcheck disable=SC2086 # commands and their options; an argument or none
            timeout -s KILL $patience $watched "$@" -- \
                "$scribble" "$tries_seed" $MS $tries_who >out 2>err </dev/null
            tries_status=$?
            case $tries_status in
            0 | 1 | 124 | 125) ;;
            *) tries_bad="$tries_bad$tries_seed $tries_who: status $tries_status
$(tail -n 5 err)" ;;
            esac
        done
    done
    is "$tries_what, $((2 * SEEDS)) lives" "$tries_bad" ''
}

# all_ways: everything that reads the shared memory.
all_ways() {
    tries "a run" "$MF_RUN" -q --exit verdict --timeout 5s --policy "$(rule '"every":3')" \
        --report json:report.json
    tries "a run with time rules" "$MF_RUN" -q --exit verdict --timeout 5s \
        --policy "$(rule '"every":3,"after_ms":3,"before_ms":15')" --report text:report.txt
    tries "an exploration in place" \
        "$MF_RUN" explore -q -o found --max 4 --timeout 1s --strategy in-place
    tries "an exploration fresh" \
        "$MF_RUN" explore -q -o found --max 4 --points all --timeout 1s --strategy fresh
}

# peak PID: the most memory that a process has had so far, in MiB.
peak() {
    awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$1/status" 2>/dev/null
}

# grows OPTION…: the runner's peak while it explores.
grows() {
    "$MF_RUN" explore -q -o found --timeout 1s "$@" -- "$scribble" 1 200 >out 2>err &
    grows_pid=$! grows_peak=0
    while grows_now=$(peak $grows_pid) && [ -n "$grows_now" ]; do
        grows_peak=$grows_now
        sleep 0.05
    done
    wait $grows_pid
    [ "$grows_peak" -gt 0 ] && [ "$grows_peak" -lt 400 ] && return
    echo "peak: $grows_peak MiB" >&2
    return 1
}

all_ways
ok "an exploration takes less than 400 MiB" grows --max 8 --points all
if [ -n "${MF_FULL:-}" ] && have valgrind; then
    # Nothing is read where it is not, nor used before it is there.
    watched="valgrind -q --error-exitcode=99 --child-silent-after-fork=yes"
    patience=300 SEEDS=10 MS=5
    all_ways
fi
plan
