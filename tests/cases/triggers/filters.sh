#!/bin/sh
# SPDX-License-Identifier: MIT
# Filters on code, threads and processes.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

caller=$MF_TARGETS/caller
count=$MF_TARGETS/count

# failed: the names that are said to have failed, and how many there were in all.
failed() {
    awk '/ failed$/ { printf "%s ", $1 } END { printf "of %d", NR }'
}

# from WANTED DESCRIPTION RULE: which of the places failed.
from() {
    from_got=$(under "$(rule "$3")" "$caller" | failed)
    from_alone=$(alone "$(rule "$3")" "$caller" | failed)
    is "$2" "$from_got / $from_alone" "${1}of 5 / ${1}of 5"
}

from 'own fetch other by deep ' "without a filter all places fail" '"name":"all"'
from 'fetch other deep ' "caller module: the code that calls malloc is in it" \
    '"caller":{"module":"libfetch.so"}'
from 'fetch other deep ' "caller module: a pattern" '"caller":{"module":"libf*.s[o]"}'
from 'own by ' "caller module: the program itself" '"caller":{"module":"caller"}'
from '' "caller module: matches the base name as a whole" '"caller":{"module":"fetch"}'
from 'other ' "caller function" '"caller":{"function":"fetch_other"}'
from 'fetch other deep ' "caller function: a pattern" '"caller":{"function":"fetch*"}'
from 'fetch deep ' "caller module and function" \
    '"caller":{"module":"libfetch.so","function":"fetch"}'
from '' "caller module and function hold together" \
    '"caller":{"module":"caller","function":"fetch"}'
from 'fetch other by deep ' "stack module: somewhere below" '"stack":{"module":"libfetch.so"}'
from 'by ' "stack function: somewhere below" '"stack":{"function":"fetch_by"}'
from 'deep ' "caller and stack" \
    '"caller":{"function":"fetch"},"stack":{"module":"libfetch.so","function":"fetch"},"nth":2'
both "stack function: a function of the program, by its dynamic symbol" \
    "$(rule '"stack":{"function":"deep"}')" "$(printf '%s\n' own fetch other by 'deep failed')" \
    "$caller"
both "stack function: at the bottom of a deep stack" "$(rule '"stack":{"function":"main"}')" \
    "$(printf '%s failed\n' own fetch other by deep)" "$caller" 1 200
both "a trigger counts the calls of the place" \
    "$(rule '"caller":{"function":"fetch_other"},"nth":2')" \
    "$(printf '%s\n' own fetch other by deep own fetch 'other failed' by deep)" "$caller" 2
both "spare keeps a place" \
    "$(rules '{"action":"spare","caller":{"module":"libfetch.so"}},{"name":"rest"}')" \
    "$(printf '%s\n' 'own failed' fetch other 'by failed' deep)" "$caller"

if have jq; then
    id=$(report "$(rule '"caller":{"function":"fetch_other"}')" \
        '.injections[0].stack_id' "$caller" | tr -d '"')
    both "stack id: as the report gives it, brings the one stack back" \
        "$(rule "\"stack\":{\"id\":\"$id\"}")" \
        "$(printf '%s\n' own fetch 'other failed' by deep)" "$caller"
fi

# The same place of the stack, the same caller: a frame further up makes the difference.
alike=$MF_TARGETS/alike
by_wanted=$(rule '"functions":["malloc"],"size":{"min":16,"max":16},"stack":{"function":"wanted"}')
both "stack function: stacks that are alike are told apart" "$by_wanted" '0 of 20000' "$alike" 20000 1
both "stack function: in four threads, too" "$by_wanted" '0 of 40000' "$alike" 10000 4
both "stack function: under another policy nothing is known" "$by_wanted" \
    "$(printf '0 of 20000\n0 of 20000')" "$alike" 20000 1 \
    "$(echo "$by_wanted" | sed 's/wanted/other/')"
both "stack function: known stacks, with a rule behind" "$(rules '{"action":"spare",
    "stack":{"function":"other"}},{"stack":{"function":"go"},"size":{"min":16,"max":16}}')" \
    '0 of 20000' "$alike" 20000 1

both "thread name" "$(rule '"thread":{"name":"worker*"},"above_size":999')" '2 3' "$count" \
    malloc:1000 thread:worker1 malloc:1000 malloc:1000 end thread:other malloc:1000 end
both "thread name: the main thread's is the program's" \
    "$(rule '"thread":{"name":"count"},"above_size":999')" '1 3' "$count" malloc:1000 \
    thread:worker1 malloc:1000 end malloc:1000
both "thread index: 1 allocated first" "$(rule '"thread":{"index":1},"above_size":999')" \
    '1 4' "$count" malloc:1000 thread:a malloc:1000 end thread:b malloc:1000 end malloc:1000
both "thread index: 3 was the third to allocate" \
    "$(rule '"thread":{"index":3},"above_size":999')" '3' "$count" malloc:1000 thread:a \
    malloc:1000 end thread:b malloc:1000 end malloc:1000
both "thread index with nth" "$(rule '"thread":{"index":2},"above_size":999,"nth":2')" '3' \
    "$count" malloc:1000 thread:a 'malloc:1000*3' end thread:b 'malloc:1000*3' end

both "process: a pattern of the image's name" "$(rule '"process":"cou*","nth":2')" 2 "$count" \
    'malloc:1*3'
both "process: another image is left alone" "$(rule '"process":"other","nth":2')" '' "$count" \
    'malloc:1*3'
both "process: the shell around it is left alone" "$(rule '"process":"count","nth":2')" 2 \
    sh -c "'$count' malloc:1 malloc:1 malloc:1; true"

both "after_failures: the second one after the third has failed" \
    "$(rules '{"nth":3},{"after_failures":1,"nth":2}')" '3 5' "$MF_TARGETS/count" 'malloc:1*9'
both "after_failures: all once two have failed" \
    "$(rules '{"nth":[2,4]},{"after_failures":2}')" '2 4 5 6' "$MF_TARGETS/count" 'malloc:1*6'
plan
