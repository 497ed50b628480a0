#!/bin/sh
# SPDX-License-Identifier: MIT
# Many threads: every number is handed out once, no trigger is missed.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

stress=$MF_TARGETS/stress
total=8000000
size='"size":{"min":24,"max":24}'

# storm WANTED DESCRIPTION RULE: of 8 threads times a million calls so many fail.
storm() {
    is "8 threads, 8,000,000 calls: $2" "$(under "$(rule "$size,$3")" "$stress" 8 1000000)" "$1"
}

# Each thread can have taken 1,024 numbers in advance while another one counts on.
storm 0 "a number never reached" '"nth":8009000'
storm 1 "nth the first" '"nth":1'
storm 1 "nth in the middle" '"nth":3999999'
storm 1 "nth the last" '"nth":8000000'
storm 4 "nth a list" '"nth":[5,1000,1000000,7999999]'
storm 8000 "every 1000" '"every":1000'
storm $((total / 7)) "every 7" '"every":7'
storm 1000001 "from 7,000,000 on" '"from":7000000'
storm 3 "times 3" '"times":3'
storm 3 "every 1000, 3 times" '"every":1000,"times":3'
storm 80 "each thread its own 10" '"counter":"thread","nth":{"from":100000,"to":100009}'
is "the same with the library alone" \
    "$(alone "$(rule "$size,\"every\":1000")" "$stress" 8 1000000)" 8000
is "two rules: three by number, every 500,000 of what is left" \
    "$(under "$(rules "{$size,\"nth\":[3,333,333333]},{$size,\"every\":500000}")" \
        "$stress" 8 1000000)" 18
is "two rules of different sizes" \
    "$(under "$(rules "{$size,\"every\":10000},{\"above_size\":100,\"from\":1000}")" \
        "$stress" 8 1000000)" 800
is "a time rule far away lets all pass" \
    "$(under "$(rule "$size,\"after_ms\":600000")" "$stress" 8 1000000)" 0

churn() {
    is "2,000 short threads of 500 calls: $2" \
        "$(under "$(rule "$size,$3")" "$stress" 8 500 2000)" "$1"
}
churn 1000 "every 1000" '"every":1000'
churn 1 "nth the last" '"nth":1000000'
churn 0 "nth after the last" '"nth":1000001'
churn 2000 "each thread its own third" '"counter":"thread","nth":3'
churn 500001 "from 500,000 on" '"from":500000'

is "400 threads at once: every 1000" \
    "$(under "$(rule "$size,\"every\":1000")" "$stress" 400 1000)" 400
is "400 threads at once: nth the last" \
    "$(under "$(rule "$size,\"nth\":400000")" "$stress" 400 1000)" 1

if have jq; then
    # seen ARGUMENT…: how many allocations the report has seen.
    seen() {
        report "$1" '[.processes[].allocations]|add' "$stress" "$2" "$3" "$4"
    }
    for policy in "$NEVER" "$(rule '"every":999983')" "$(rule '"after_ms":600000')" \
        "$(rule "$size,\"nth\":4000000")"; do
        few=$(seen "$policy" 8 0 8)
        is "totals are exact with $policy" "$(($(seen "$policy" 8 1000000 8) - few))" $total
    done
    few=$(seen "$NEVER" 400 0 400)
    is "totals are exact over 400 threads at once" \
        "$(($(seen "$NEVER" 400 1000 400) - few))" 400000
    few=$(seen "$NEVER" 8 0 2000)
    is "totals are exact over 2,000 threads that ended" \
        "$(($(seen "$NEVER" 8 500 2000) - few))" 1000000
fi

both "destructors of thread_local objects and of keys can fail" \
    "$(rule '"functions":["malloc"],"size":{"min":24,"max":24}')" \
    'own 50, thread_local 50, key 50' "$MF_TARGETS/goodbye"
both "and are numbered with the rest" "$(rule '"size":{"min":24,"max":24},"nth":[1,2,3]')" \
    'own 1, thread_local 1, key 1' "$MF_TARGETS/goodbye"
plan
