#!/bin/sh
# SPDX-License-Identifier: MIT
# Triggers: exactly the calls that a policy names, by their numbers.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# takes WANTED DESCRIPTION RULE STEP…: the numbers that failed.
takes() {
    takes_want=$1 takes_what=$2 takes_rule=$3
    shift 3
    both "$takes_what" "$(rule "$takes_rule")" "$takes_want" "$MF_TARGETS/count" "$@"
}

# take WANTED DESCRIPTION RULES STEP…: the same for a list of rules.
take() {
    takes_want=$1 takes_what=$2 takes_rule=$3
    shift 3
    both "$takes_what" "$(rules "$takes_rule")" "$takes_want" "$MF_TARGETS/count" "$@"
}

takes '' "no rule's trigger is met: nothing fails" '"nth":11' 'malloc:16*10'
takes '1 2 3' "a rule without a trigger takes every call" '"name":"all"' 'malloc:16*3'
takes 1 "nth 1 is the first call" '"nth":1' 'malloc:16*10'
takes 7 "nth 7 is the seventh" '"nth":7' 'malloc:16*10'
takes 10 "nth counts all functions as one" '"nth":10' 'malloc:16*3' 'calloc:16*3' \
    'realloc:16*3' 'malloc:9'
takes 5000 "nth reaches far" '"nth":5000' 'malloc:16*6000'
takes '2 3 9' "nth takes a list" '"nth":[2,3,9]' 'malloc:16*12'
takes '1024 1025 2048 2049' "nth takes a list around round numbers" \
    '"nth":[1024,1025,2048,2049]' 'malloc:16*3000'
takes '4 7 10' "nth takes a range with a step" '"nth":{"from":4,"to":12,"step":3}' \
    'malloc:16*20'
takes '4 5 6' "a range's step is 1 by default" '"nth":{"from":4,"to":6}' 'malloc:16*20'
takes '5' "a range may be one number" '"nth":{"from":5,"to":5}' 'malloc:16*20'
takes '3 6 9' "every 3" '"every":3' 'malloc:16*10'
takes '1 2 3' "every 1 is all" '"every":1' 'malloc:16*3'
takes '1000 2000 3000' "every 1000" '"every":1000' 'malloc:16*3999'
takes '4 5 6' "from 4 takes that one and all after" '"from":4' 'malloc:16*6'
takes '1 2' "times ends a rule without a trigger" '"times":2' 'malloc:16*6'
takes '3 6' "times ends every" '"every":3,"times":2' 'malloc:16*20'
takes '4 5 6' "times ends from" '"from":4,"times":3' 'malloc:16*20'
takes '2 4' "times ends a list" '"nth":[2,4,6,8],"times":2' 'malloc:16*10'

takes '3 4' "size min and max are inclusive" '"size":{"min":20,"max":30}' malloc:10 \
    malloc:19 malloc:20 malloc:30 malloc:31
takes '2 3' "size min alone" '"size":{"min":20}' malloc:19 malloc:20 malloc:21
takes '1 2' "size max alone" '"size":{"max":20}' malloc:19 malloc:20 malloc:21
takes '3' "above_size is more than" '"above_size":64' malloc:63 malloc:64 malloc:65
takes '2' "the size of calloc is the product" '"above_size":64' calloc8:64 calloc8:72
takes '4' "a trigger counts the selected sizes only" '"above_size":64,"nth":2' malloc:100 \
    malloc:1 malloc:1 malloc:100 malloc:100
takes '3 6' "every counts the selected sizes only" '"size":{"min":50},"every":2' \
    malloc:1 malloc:50 malloc:50 malloc:1 malloc:50 malloc:50

takes '2 4' "functions selects by name" '"functions":["calloc"]' malloc:1 calloc:1 \
    malloc:1 calloc:1 realloc:1
takes '3' "a trigger counts the selected functions only" \
    '"functions":["calloc","realloc"],"nth":2' calloc:1 malloc:1 realloc:1 calloc:1
for name in malloc calloc realloc reallocarray posix_memalign aligned_alloc memalign valloc \
    pvalloc; do
    takes '2' "$name is counted" "\"functions\":[\"$name\"],\"nth\":2" "$name:4096*3"
done

take '3 6 12' "the first rule that takes a call decides; the next counts what is left" \
    '{"every":3,"times":2},{"nth":10}' 'malloc:16*12'
take '2 3' "a call taken by one rule is none of the next" '{"nth":2},{"times":1,"nth":2}' \
    'malloc:16*5'
take '1 2 4 5' "spare lets a call pass, whatever follows" \
    '{"action":"spare","nth":3},{"name":"all"}' 'malloc:16*5'
take '1 2 3 4 5' "spare after a rule that fails is too late" \
    '{"name":"all"},{"action":"spare","nth":3}' 'malloc:16*5'
take '2 4' "spare by size" '{"action":"spare","size":{"max":20}},{"name":"all"}' malloc:1 \
    malloc:30 malloc:20 malloc:21
take '3 4' "spare with times runs out" '{"action":"spare","times":2},{"name":"all"}' \
    'malloc:16*4'
take '1 4' "rules of different filters count on their own" \
    '{"functions":["malloc"],"nth":1},{"functions":["calloc"],"nth":2}' malloc:1 calloc:1 \
    malloc:1 calloc:1

takes '2 12' "a counter by thread starts anew in each" \
    '"counter":"thread","size":{"min":1000,"max":1000},"nth":2' 'malloc:1000*10' \
    thread:one 'malloc:1000*10' end
takes '2' "a counter by process does not" '"size":{"min":1000,"max":1000},"nth":2' \
    'malloc:1000*10' thread:one 'malloc:1000*10' end
# Where it does not tell of a second thread, the first one keeps numbers in reserve.
if [ "$("$MF_TARGETS/count" knows-threads)" = yes ]; then
    takes '15' "a counter by process goes on in the next thread" \
        '"size":{"min":1000,"max":1000},"nth":15' 'malloc:1000*10' thread:one \
        'malloc:1000*10' end
else
    skip "a counter by process goes on in the next thread" "not with this C library"
fi
takes '5 10' "every by thread" \
    '"counter":"thread","size":{"min":1000,"max":1000},"every":3' 'malloc:1000*2' \
    thread:one 'malloc:1000*5' end thread:two 'malloc:1000*4' end
takes '1 2 4' "times counts over the process, whatever the trigger counts by" \
    '"counter":"thread","size":{"min":1000,"max":1000},"nth":[1,2],"times":3' \
    'malloc:1000*3' thread:one 'malloc:1000*3' end

# chance SEED PROBABILITY: the numbers of 1,000 that fail by chance.
chance() {
    under "$(rules "{\"probability\":$2}" "\"seed\":$1")" "$MF_TARGETS/count" 'malloc:16*1000'
}
one=$(chance 1 0.1)
is "probability: the same seed fails the same calls" "$(chance 1 0.1)" "$one"
is "probability: with the library alone too" "$(alone \
    "$(rules '{"probability":0.1}' '"seed":1')" "$MF_TARGETS/count" 'malloc:16*1000')" "$one"
unlike "probability: another seed fails others" "$(chance 2 0.1)" "^$one\$"
# shellcheck disable=SC2086
set -- $one
ok "probability 0.1 fails about a tenth ($# of 1000)" test $# -gt 60 -a $# -lt 140
takes '7 20 27 31 37 50 57' "probability: a seed fails the same calls in each version" \
    '"probability":0.1' 'malloc:16*60'
takes '7 20 27 51 61 72 78 86' "probability: each thread has its own" \
    '"probability":0.1,"size":{"min":16,"max":16}' 'malloc:16*30' thread:one \
    'malloc:16*60' end

# odds WHAT RULES: each rule takes of the calls it counts as many as its probability says,
# give or take four standard deviations. Prints each that does not.
odds() {
    report "$(rules "$2")" '.rules[] | [.selected, .taken, .name]' "$MF_TARGETS/count" \
        'malloc:16*1000000' 'calloc:16*200000' >counts
    is "probability: the odds of $1 over a million calls" "$(tr -d '[]"' <counts | awk -F, '{
        off = $2 - $1 * $3
        if ($1 < 100000 || off * off >= 16 * $1 * $3 * (1 - $3)) { print }
    }')" ''
}
if have jq; then
    for p in 0.3 0.01 0.0002; do
        odds "$p" "{\"name\":\"$p\",\"probability\":$p}"
    done
    odds "two rules" '{"name":"0.1","probability":0.1},{"name":"0.01","probability":0.01}'
    odds "rules with filters" '{"name":"0.05","probability":0.05,"functions":["calloc"]},
        {"name":"0.002","probability":0.002,"functions":["malloc"]}'
else
    skip "probability: the odds" "no jq"
fi
takes '' "probability 0 fails none" '"probability":0' 'malloc:16*1000'
takes '1 2 3 4' "probability 1 fails all" '"probability":1' 'malloc:16*4'
takes '1 2' "probability with times" '"probability":1,"times":2' 'malloc:16*4'
plan
