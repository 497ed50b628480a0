#!/bin/sh
# SPDX-License-Identifier: MIT
# The report: what happened, for eyes and for programs.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read it with"
count=$MF_TARGETS/count
third=$(rule '"name":"thirds","every":3')

"$MF_RUN" --policy "$third" --report json:report.json -- "$count" 'malloc:1000*10' >out 2>text

# field FILTER: from the JSON.
field() {
    jq -c "$1" report.json
}
is "allocations seen" "$(field '[.processes[].allocations]|add')" 10
is "allocations in all" "$(field .allocations)" 10
is "failures" "$(field .failed)" 3
is "failures by rule" "$(field '.rules|map([.name,.action,.selected,.taken])')" \
    '[["thirds","fail",10,3]]'
is "each failure's number" "$(field '.injections|map(.number)')" '[3,6,9]'
is "each failure's function, size and rule" \
    "$(field '.injections|map([.function,.size,.rule])|unique')" '[["malloc",1000,0]]'
is "each failure's process and thread" \
    "$(field '.injections|map([.process,.thread])|unique')" '[[0,1]]'
like "each failure's module" "$(field '.modules[.injections[0].frames[0].module].path')" \
    '/count"$'
is "failures at one place have one stack" \
    "$(field '.injections|map(.stack_id)|unique|length')" 1
is "the process" "$(field '.processes|map([.image,.armed,.threads,.allocations,.failed])')" \
    '[["count",true,1,10,3]]'
is "the target's end" "$(field '[.end.kind,.end.status,.end.signal,.exit_status]')" \
    '["exited",0,null,0]'
is "the command" "$(field '[.program,.arguments[1:]]')" \
    "[\"$count\",[\"malloc:1000*10\"]]"
cp text text.first
field '.injections|map(.stack_id)|unique' >ids
report "$third" '.injections|map(.stack_id)|unique' "$count" 'malloc:1000*10' >ids.again
same "a stack has the same id in the next run" ids ids.again
X=$(head -c 5000 /dev/zero | tr '\0' x) report "$third" '.injections|map(.stack_id)|unique' \
    "$count" 'malloc:1000*10' >ids.again
same "and in another environment" ids ids.again
like "the text names the rule" "$(cat text.first)" 'thirds'
like "the text names function, size and number" "$(cat text.first)" 'malloc.*1000|1000.*malloc'
like "the text names the caller's module" "$(cat text.first)" 'count'

"$MF_RUN" --policy "$(rule '"caller":{"function":"fetch"}')" -- "$MF_TARGETS/caller" >out 2>text
like "and its function, where the dynamic symbol table has it" "$(cat text)" 'fetch (\+0x|\(.*fetch\.c:)'
"$MF_RUN" --policy "$third" -- "$MF_TARGETS/hostile" segv >out 2>text
like "a signal is told by name" "$(cat text)" SIGSEGV
"$MF_RUN" --policy "$(rule '"name":"all"')" -- "$count" 'malloc:1*500' >out 2>text
like "many failures: the count of them" "$(cat text)" 500
is "of which the first 20 are listed" "$(grep -c '#[0-9]* malloc(1)' text)" 20
is "more failures than there is room for are counted" "$(report "$(rule '"name":"all"')" \
    '[.failed,(.injections|length)+.injections_lost]' "$count" 'malloc:16*20000')" \
    '[20000,20000]'
"$MF_RUN" -q --policy "$third" --report json:report.json -- "$MF_TARGETS/hostile" segv \
    >out 2>text
is "-q: a line for the defect, and one for the sum" "$(cut -d: -f1,2 text | paste -sd,)" 'mallocfail: crashed,mallocfail: 1 defect'
is "-q: the JSON has the signal" "$(field .end.signal_name)" '"SIGSEGV"'
status_is 125 "a report that cannot be written: 125" "$MF_RUN" -q --policy "$third" \
    --report json:/no/such/dir/report.json -- "$count" malloc:1
status_is 125 "a report of an unknown kind: 125" "$MF_RUN" -q --policy "$third" \
    --report tea:leaves -- "$count" malloc:1

# waited TRIGGER WORDS: what a rule that never fired is said to have waited for.
waited() {
    "$MF_RUN" --policy "$(rule "$1")" -- "$count" 'malloc:100*20' >out 2>text
    like "a rule that never fired: $1" "$(cat text)" \
        "^    rule \"rule 1\" selected [0-9]+ calls? and was to fail $2\$"
}
waited '"nth":77' 'number 77'
waited '"nth":[31,33]' 'number 31 and others after it'
waited '"nth":{"from":31,"to":39}' 'numbers 31 to 39'
waited '"nth":{"from":31,"to":39,"step":2}' 'numbers 31 to 39 by steps of 2'
waited '"every":30' 'one in 30'
waited '"every":30,"counter":"thread"' 'one in 30, counted by thread'
waited '"from":21' 'number 21 and all after it'
waited '"probability":0.000001' 'some by chance'
waited '"heap_above":100000' 'those that would make the heap larger than 100000 bytes'
waited '"above_size":100' 'each of them'
plan
