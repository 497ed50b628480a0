#!/bin/sh
# SPDX-License-Identifier: MIT
# The page allocator: misuse of the heap shows at once, and is told with whose block it
# was; programs that do nothing wrong are as ever.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
victim=$MF_TARGETS/pages_victim
old=$MF_TARGETS/old-kernel
PAGES='{"version":1,"allocator":"pages","rules":[]}'

# first FILTER ALLOCATOR PROGRAM…: what a filter finds in the first finding.
first() {
    first_filter=$1 first_allocator=$2
    shift 2
    rm -f report.json
    "$MF_RUN" run -q --allocator "$first_allocator" --report json:report.json -- "$@" \
        >out 2>err
    jq -r ".findings[0] | $first_filter" report.json
}

# names MEMBER: the functions of a block's stack, up to main.
names() {
    echo "[.$1.frames[]?.function] | .[:index(\"main\")] | map(select(. != null)) | join(\" \")"
}

# told CASE CLASS SIGNAL [ALLOCATOR]: the first finding, by class, signal and found_by.
told() {
    is "$1 is told${4:+ under $4}: $2" \
        "$(first '"\(.class) \(.signal_name) by \(.heap.found_by)"' "${4:-pages}" "$victim" "$1")" \
        "$2 $3"
}

told overflow 'heap overflow' 'SIGSEGV by access'
told overflow-read 'heap overflow' 'SIGSEGV by access'
told overflow-zero 'heap overflow' 'SIGSEGV by access'
told overflow-odd 'heap overflow' 'SIGABRT by free'
told overflow-odd 'heap overflow' 'SIGSEGV by access' pages:1
if [ "$("$MF_TARGETS/count" knows-threads)" = yes ]; then
    told overflow-left 'heap overflow' 'SIGABRT by exit'
else
    skip "overflow-left is told" "this C library does not tell of a second thread"
fi
told overflow-resized 'heap overflow' 'SIGABRT by realloc'
told underflow 'heap underflow' 'SIGABRT by free'
told underflow-page 'heap underflow' 'SIGSEGV by access'
told underflow-gap 'heap underflow' 'SIGSEGV by access'
told underflow-far 'heap underflow' 'SIGSEGV by access'
told overflow-gap 'heap overflow' 'SIGSEGV by access'
told use-after-free 'use after free' 'SIGSEGV by access'
told use-after-realloc 'use after free' 'SIGSEGV by access'
told double-free 'double free' 'SIGABRT by free'
told free-of-stack 'invalid free' 'SIGABRT by free'
told free-inside 'invalid free' 'SIGABRT by free'
told realloc-of-freed 'double free' 'SIGABRT by realloc'
told in-child 'use after free' 'SIGSEGV by access'
told in-thread 'double free' 'SIGABRT by free'

is "a use after free names who allocated" \
    "$(first "$(names allocated)" pages "$victim" use-after-free)" 'get use_after_free'
is "and who freed" "$(jq -r ".findings[0] | $(names freed)" report.json)" \
    'give use_after_free'
is "a double free names both, too" \
    "$(first "$(names allocated)" pages "$victim" double-free) $(jq -r ".findings[0] | $(names freed)" report.json)" \
    'get double_free give double_free'
is "an overflow has nobody who freed" \
    "$(first .freed pages "$victim" overflow)" null
is "the stack of a misuse begins outside the library" \
    "$(first '.frames[0].function' pages "$victim" double-free)" give
is "a byte is told by its distance" \
    "$(first '"\(.heap.size) \(.heap.offset)"' pages "$victim" overflow)" '32 32'
says 139 'a block of 32 bytes is written to 1 byte past its end.*get\(\) at .* allocated it' \
    "in words, too" "$MF_RUN" run --allocator pages -- "$victim" overflow
is "a free of the stack has no block" \
    "$(first '"\(.heap.size) \(.allocated)"' pages "$victim" free-of-stack)" 'null null'

# Without the runner.
status_is 139 "the library alone lets an overflow fault" alone "$PAGES" "$victim" overflow
says 134 'heap misuse: free\(\): .* was freed before \(block of size 32' \
    "the library alone says what was freed twice" alone "$PAGES" "$victim" double-free
is "a policy asks for it as well as the option" \
    "$(report "$PAGES" '.findings[0].class' "$victim" overflow)" '"heap overflow"'
is "the option goes before the policy" \
    "$("$MF_RUN" run -q --allocator next --policy "$PAGES" -- "$victim" overflow; echo $?)" 0
says 125 "--allocator takes next, pages.*, not" "another word is refused" \
    "$MF_RUN" run --allocator page -- "$victim" overflow

# Failures are injected in front of it.
is "a failure that leads to a double free" \
    "$("$MF_RUN" run -q --allocator pages --policy "$(rule '"size":{"min":64,"max":64}')" \
        --report json:report.json --reproducer again.json -- "$victim" on-error-path \
        >out 2>err; jq -c '.findings[0] | [.class, .injection.size]' report.json)" \
    '["double free",64]'
is "its reproducer carries the allocator" "$(jq -r .allocator again.json)" pages
ok "and brings it back" "$MF_RUN" replay -q again.json
for strategy in in-place fresh; do
    "$MF_RUN" explore -q --allocator pages --strategy $strategy -o found -- \
        "$victim" on-error-path >out 2>err
    is "an exploration finds it: $strategy" \
        "$(jq -c '[.findings[] | .class]' found/findings.json)" '["double free"]'
done

both "a budget for the heap holds on it" \
    '{"version":1,"allocator":"pages","rules":[{"heap_above":100000}]}' 3 \
    "$MF_TARGETS/count" malloc:60000 malloc:30000 malloc:60000 malloc:5000

# What a program writes over the books of its blocks breaks nothing else.
survived=0
for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
    timeout 20 "$MF_RUN" run -q --allocator pages --report json:report.json -- \
        "$victim" scribble $seed >out 2>err
    if [ $? = 139 ] && [ "$(jq '.findings | length' report.json)" = 1 ]; then
        survived=$((survived + 1))
    fi
done
is "books that were scribbled over are survived" $survived 12

# Kernels with light guards and without have the same in other ways.
if "$old" true; then
    for case in overflow use-after-free; do
        "$old" "$MF_RUN" run -q --allocator pages --report json:report.json -- \
            "$victim" $case >out 2>err
        is "$case is told by an older kernel, too" \
            "$(jq -r '.findings[0].heap.found_by' report.json)" access
    done
    is "blocks come and go there" \
        "$("$old" "$MF_RUN" run -q --allocator pages -- "$victim" churn)" '0 bad'
    if [ "$(cat /proc/sys/vm/max_map_count)" -le 200000 ]; then
        says 0 'ran out of maps at [0-9]+ blocks: sysctl vm.max_map_count' \
            "where maps run out, allocations fail and a note says so" \
            "$old" "$MF_RUN" run --allocator pages -- "$victim" fill
        is "they fail with NULL" "$(cat out)" NULL
    else
        skip "where maps run out, allocations fail" "vm.max_map_count is large"
    fi
else
    skip "an older kernel" "no seccomp here"
fi
is "blocks come and go" "$("$MF_RUN" run -q --allocator pages -- "$victim" churn)" '0 bad'
is "with byte alignment they do, too" \
    "$("$MF_RUN" run -q --allocator pages:1 -- "$victim" churn)" '0 bad'
# shellcheck disable=SC2016 # for the other shell
says 0 'ran out of address space at [0-9]+ blocks' "so little address space is told" \
    "$MF_RUN" run --allocator pages -- sh -c 'ulimit -v 400000 && exec "$1" fill' sh "$victim"

# Each function keeps its contract.
for name in malloc malloc-zero malloc-huge calloc calloc-overflow realloc-grow \
    realloc-shrink realloc-null realloc-null-zero realloc-zero realloc-huge reallocarray \
    reallocarray-overflow posix_memalign posix_memalign-odd posix_memalign-small \
    posix_memalign-none aligned_alloc memalign memalign-huge valloc pvalloc free usable; do
    both "$name keeps its contract" "$PAGES" "$("$MF_TARGETS/contract" $name)" \
        "$MF_TARGETS/contract" $name
done

# real NAME PROGRAM…: it writes what it always does.
real() {
    real_name=$1
    shift
    if ! have "$1"; then
        skip "$real_name is as ever" "not installed"
        return
    fi
    "$@" >plain.out 2>plain.err
    real_status=$?
    "$MF_RUN" run -q --allocator pages -- "$@" >pages.out 2>pages.err
    is "$real_name is as ever" \
        "$? $(cmp plain.out pages.out && cmp plain.err pages.err && echo same)" \
        "$real_status same"
}

# shellcheck disable=SC2016 # for bash itself
real bash bash -c 'for i in {1..200}; do a[i]=$((i * i)); done; echo "${a[@]}" | cat; echo $(date +%Y)'
real git sh -c 'git init -q r && cd r && echo one >f && git add f &&
    git -c user.name=A -c user.email=a@b commit -qm one --date=2020-01-01T00:00:00Z && git log --format=%s%n%ad --stat; cd .. && rm -rf r'
real python3 python3 -c 'import json; print(json.dumps([{str(i): [i] * 3} for i in range(500)]))'
real sqlite3 sqlite3 :memory: 'create table t(a, b);
    with recursive c(x) as (select 1 union all select x + 1 from c where x < 500)
    insert into t select x, x * x from c; create index i on t(b); select sum(b) from t where b > 9;'
printf 'int square(int x) { return x * x; }\nint main(void) { return square(3) - 9; }\n' >small.c
compiler=$(gcc -print-prog-name=cc1 2>/dev/null)
if [ -x "$compiler" ]; then
    real "gcc's cc1" "$compiler" -quiet -O2 small.c -o -
else
    skip "gcc's cc1 is as ever" "no gcc"
fi
plan
