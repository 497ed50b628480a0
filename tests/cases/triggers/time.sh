#!/bin/sh
# SPDX-License-Identifier: MIT
# after_ms and before_ms: rules for a time.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count

# timed WANTED DESCRIPTION RULE STEP…
timed() {
    timed_want=$1 timed_what=$2 timed_rule=$3
    shift 3
    both "$timed_what" "$(rule "$timed_rule")" "$timed_want" "$count" "$@"
}

timed '' "after_ms: nothing fails before" '"after_ms":5000' 'malloc:16*50'
timed '5 6' "after_ms: everything after" '"after_ms":150' 'malloc:16*4' sleep:200 'malloc:16*2'
timed '6' "after_ms: a trigger counts from then on" '"after_ms":150,"nth":2' 'malloc:16*4' \
    sleep:200 'malloc:16*4'
timed '5 7' "after_ms and every" '"after_ms":150,"every":2' 'malloc:16*3' sleep:200 \
    'malloc:16*4'
timed '1 2' "before_ms: everything before" '"before_ms":3000' 'malloc:16*2'
timed '1 2' "before_ms: nothing after" '"before_ms":700' 'malloc:16*2' sleep:750 \
    'malloc:16*3'
timed '3' "both: a window" '"after_ms":100,"before_ms":800' 'malloc:16*2' sleep:150 \
    malloc:16 sleep:700 malloc:16
timed '1001 1002' "after many calls of a lease the time is seen at once" '"after_ms":150' \
    'malloc:16*1000' sleep:200 'malloc:16*2'
timed '3' "a thread that slept sees it too" '"after_ms":150,"above_size":999,"times":1' \
    malloc:1000 thread:one malloc:1000 sleep:200 malloc:1000 end
both "after_ms: a program that never rests is stopped too" \
    "$(rule '"after_ms":500,"functions":["malloc"]')" 'in time' "$count" fail-within:900
both "before_ms: a program that never rests is let go" \
    "$(rule '"before_ms":500,"functions":["malloc"]')" 'in time' "$count" serve-within:900
both "after_ms: a thread that never rests is stopped too" \
    "$(rule '"after_ms":500,"functions":["malloc"]')" 'in time' "$count" 'malloc:16*9' thread:busy fail-within:900 end
plan
