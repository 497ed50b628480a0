#!/bin/sh
# SPDX-License-Identifier: MIT
# heap_above: a budget for what the program holds.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# budget WANTED DESCRIPTION BYTES STEP…
budget() {
    budget_want=$1 budget_what=$2 budget_bytes=$3
    shift 3
    both "$budget_what" "$(rule "\"heap_above\":$budget_bytes")" "$budget_want" \
        "$MF_TARGETS/count" "$@"
}

budget '' "what stays below is served" 100000 'malloc:8000*12'
budget '11 12' "what would lift the heap above fails" 100000 'malloc:9900*12'
budget '1' "one block above the whole budget fails" 100000 malloc:200000 malloc:1000
budget '3' "a failed call takes nothing of it" 100000 malloc:60000 malloc:30000 malloc:60000 \
    malloc:5000
budget '' "what is freed can be had again" 100000 'malloc:30000*3' free 'malloc:30000*3' free \
    'malloc:30000*3'
budget '4 8' "and no more" 100000 'malloc:30000*4' free 'malloc:30000*4'
budget '4' "calloc counts" 100000 'calloc:30000*4'
budget '4' "posix_memalign counts" 100000 'posix_memalign:30000*4'
budget '4' "realloc counts" 100000 'realloc:30000*4'
budget '3' "threads share it" 100000 malloc:45000 thread:one malloc:45000 malloc:45000 end
both "heap_above with times lets go after so many" \
    "$(rule '"heap_above":50000,"times":2')" '2 3' "$MF_TARGETS/count" 'malloc:40000*5'
both "with a filter only the selected calls fail, all count" \
    "$(rule '"heap_above":100000,"functions":["calloc"]')" '5' "$MF_TARGETS/count" \
    'malloc:30000*4' calloc:1000
for name in malloc-zero calloc-overflow realloc-grow realloc-shrink realloc-null \
    realloc-null-zero realloc-zero realloc-huge reallocarray posix_memalign free usable; do
    both "$name is itself within the budget" "$(rule '"heap_above":1000000')" \
        "$("$MF_TARGETS/contract" $name)" "$MF_TARGETS/contract" $name
done
plan
