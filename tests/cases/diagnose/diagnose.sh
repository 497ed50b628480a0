#!/bin/sh
# SPDX-License-Identifier: MIT
# What broke, why and where: victims with known bugs, each with its class, with the place
# where its allocation failed and the place where it broke.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the reports with"
memory=$MF_TARGETS/diag_memory
ends=$MF_TARGETS/diag_ends
places=$MF_TARGETS/diag_places
throw=$MF_TARGETS/diag_throw
CC=${CC:-cc}

# The victims' allocations that are to fail have 1,000 bytes: the first of them, or all.
ONCE=$(rule '"size":{"min":1000,"max":1000},"nth":1')
EVER=$(rule '"size":{"min":1000,"max":1000}')

# A frame as "function file:line", or as "function module" where there is no line.
SITE='def site: if . == null then "nowhere"
    elif .file then "\(.function // "?" | sub("\\(.*"; "")) \(.file | sub(".*/"; "")):\(.line)"
    else "\(.function // "?" | sub("\\(.*"; "")) \(.module)" end;'

# at FUNCTION FILE WORDS: the place that the words mark in a victim's source.
at() {
    echo "$1 $2:$(grep -n "// $3\$" "$MF_SOURCE/tests/targets/$2" | cut -d: -f1)"
}

# diagnose POLICY PROGRAM…: run it and leave the report. MORE has more options.
MORE=
diagnose() {
    diagnose_policy=$1
    shift
    rm -f report.json
    # shellcheck disable=SC2086 # several options
    "$MF_RUN" -q $MORE --policy "$diagnose_policy" --report json:report.json -- "$@" \
        >"$tap_home/out" 2>"$tap_home/err"
}

# found FILTER: of the finding in the last report.
found() {
    jq -r "$SITE .finding | $1" report.json
}

# finds DESCRIPTION VERDICT FAILED BROKE POLICY PROGRAM…: "outcome: class", and the places
# to blame.
finds() {
    finds_what=$1 finds_want="$2
failed in $3
broke in $4"
    shift 4
    diagnose "$@"
    is "$finds_what" "$(found 'if . == null then "nothing found" else
        "\(.outcome): \(.class)\nfailed in \(.injection_site|site)\nbroke in \(.crash_site|site)"
        end')" "$finds_want"
}

# Memory.
source=diag_memory.c
finds "a NULL is written through" "crashed: null dereference" \
    "$(at make_node $source 'FAILS null-write')" "$(at make_node $source 'BREAKS null-write')" \
    "$ONCE" "$memory" null-write
is "the signal and the access" "$(found '[.signal, .signal_name, .address, .access] | @csv')" \
    '11,"SIGSEGV","0x0","write"'
is "the explanation in words" "$(found '.explanation')" \
    "after malloc(1000) failed at $(at '' $source 'FAILS null-write' | tr -d ' '), a NULL is written \
through at $(at '' $source 'BREAKS null-write' | tr -d ' '), in the same function"
finds "a NULL is read at an offset, in the caller" "crashed: null dereference" \
    "$(at find_node $source 'FAILS null-read')" "$(at null_read $source 'BREAKS null-read')" \
    "$ONCE" "$memory" null-read
is "the offset" "$(found '[.address, .access] | @csv')" '"0x10","read"'
like "the explanation in words" "$(found '.explanation')" \
    '^after calloc\(1000\) failed at .*, a NULL is read at offset 16 at .*, in its caller null_read\(\)$'
finds "a NULL is passed on to libc" "crashed: null dereference" \
    "$(at null_libc $source 'FAILS null-libc')" "$(at measure $source 'BREAKS null-libc')" \
    "$ONCE" "$memory" null-libc
like "the explanation names libc's function" "$(found '.explanation')" \
    ' is passed on to strlen\(\) at .*, in its callee measure\(\)$'
like "but the stack begins in libc" "$(found '.frames[0] | site')" 'strlen'
finds "a NULL is called" "crashed: null dereference" \
    "$(at make_handler $source 'FAILS null-call')" "$(at null_call $source 'BREAKS null-call')" \
    "$ONCE" "$memory" null-call
is "a jump is told from a read" "$(found '[.address, .access] | @csv')" '"0x0","execute"'
finds "a wild pointer" "crashed: wild pointer" \
    "$(at wild $source 'FAILS wild')" "$(at wild $source 'BREAKS wild')" \
    "$(rule '"above_size":500000000')" "$memory" wild
is "its address" "$(found '[.address, .access] | @csv')" '"0x10000008","write"'
finds "text is called" "crashed: wild pointer" \
    "$(at wild_call $source 'FAILS wild-call')" "$(at wild_call $source 'BREAKS wild-call')" \
    "$ONCE" "$memory" wild-call
is "what it jumps to, which no signal tells" "$(found '[.address, .access] | @csv')" \
    '"0x7878787878787878","execute"'
finds "text is followed" "crashed: wild pointer" \
    "$(at wild_read $source 'FAILS wild-read')" "$(at wild_read $source 'BREAKS wild-read')" \
    "$ONCE" "$memory" wild-read
is "what it reads, which no signal tells" "$(found '[.address, .access] | @csv')" \
    '"0x7878787878787878","read"'
diagnose "$ONCE" "$memory" wild-return
is "a return to text" "$(found '[.class, .address, .access] | @csv')" \
    '"wild pointer","0x7979797979797979","execute"'
MORE=--fill
finds "freed memory is used" "crashed: use after free" \
    "$(at freed $source 'FAILS freed')" "$(at freed $source 'BREAKS freed')" \
    "$ONCE" "$memory" freed
MORE=
finds "a double free" "crashed: heap corruption" \
    "$(at double_free $source 'FAILS double-free')" \
    "$(at double_free $source 'BREAKS double-free')" "$ONCE" "$memory" double-free
MORE=--fill
finds "a double free of filled memory" "crashed: heap corruption" \
    "$(at double_free $source 'FAILS double-free')" \
    "$(at double_free $source 'BREAKS double-free')" "$ONCE" "$memory" double-free
MORE=
like "libc's message" "$(found .detail)" 'double free'
like "the explanation in words" "$(found .explanation)" \
    '^libc found the heap broken in free\(\) at .*, after malloc\(1000\) failed at '
finds "a heap that was written over" "crashed: heap corruption" \
    "$(at overrun $source 'FAILS overrun')" "$(at overrun $source 'BREAKS overrun')" \
    "$ONCE" "$memory" overrun

# Ends.
source=diag_ends.c
diagnose "$EVER" "$ends" recursion
is "recursion in the error path" "$(found '"\(.outcome): \(.class): \(.injection_site|site)"')" \
    "crashed: stack overflow: $(at describe $source 'FAILS recursion')"
like "is broken in one of its functions" "$(found '.crash_site|site')" '^(describe|complain) '
is "the cycle's functions" "$(found '.cycle.functions | unique | @csv')" \
    '"complain","describe"'
ok "the cycle's repetitions" test "$(found .cycle.repeats)" -gt 1000
like "the cycle in words" "$(found .explanation)" \
    '^describe\(\) and 1 more function call each other without end: [0-9,]+ times describe → complain, after '
finds "a frame that is too large" "crashed: stack overflow" \
    "$(at large_frame $source 'FAILS large-frame')" \
    "$(at fill_scratch $source 'BREAKS large-frame')" "$ONCE" "$ends" large-frame
finds "an assertion" "crashed: assertion" \
    "$(at assertion $source 'FAILS assertion')" "$(at assertion $source 'BREAKS assertion')" \
    "$ONCE" "$ends" assertion
is "its text" "$(found .detail)" 'block && "there is memory"'
finds "a program that gives up: the caller of its xmalloc had no memory" \
    "aborted: deliberate abort" \
    "$(at give_up $source 'FAILS abort')" "$(at die $source 'BREAKS abort')" \
    "$ONCE" "$ends" abort
like "who gave up" "$(found .explanation)" \
    '^die\(\) at .* gives up, after malloc\(1000\) for xmalloc\(\) failed at '
finds "a trap" "crashed: other" "$(at trap $source 'FAILS trap')" \
    "$(at trap $source 'BREAKS trap')" "$ONCE" "$ends" trap
MORE='--timeout 1s'
finds "a lock that is held" "hung: hang" "$(at hang $source 'FAILS hang')" \
    "$(at log_error $source 'BREAKS hang')" "$ONCE" "$ends" hang
like "what it waits for" "$(found .explanation)" 'the program waits in pthread_mutex_lock\(\) at '
finds "a lock that is held, in a child that is waited for" "hung: hang" \
    "$(at hang $source 'FAILS hang')" "$(at log_error $source 'BREAKS hang')" \
    "$ONCE" sh -c '"$0" hang; :' "$ends"
finds "a thread that waits for the lock" "hung: hang" \
    "$(at deadlock $source 'FAILS deadlock')" "$(at deadlock $source 'BREAKS deadlock')" \
    "$ONCE" "$ends" deadlock
is "the other thread's stack" \
    "$(found '.threads[] | .name, (.frames | map(.function | strings | select(. == "log_error" or . == "serve")) | @csv)')" \
    'server
"log_error","serve"'
"$MF_RUN" --timeout 1s --policy "$ONCE" -- "$ends" deadlock >out 2>text
like "it is in the text" "$(grep -A 9 '^    thread  server\[' text)" '^        serve  '
diagnose "$EVER" "$ends" spin
is "one allocation for ever" "$(found '"\(.outcome): \(.class): \(.injection_site|site)"')" \
    "hung: spinning: $(at spin $source 'FAILS spin')"
like "how often" "$(found .explanation)" ' failed [0-9]+(,[0-9]{3})+ times in a row$'
MORE=
diagnose "$EVER" "$ends" retry
is "a hundred tries are no defect" "$(found .)" null

# Places.
source=diag_places.c
failed=$(at broken $source 'FAILS broken')
broke=$(at broken $source 'BREAKS broken')

# in_place HOW STATUS: the bug is found there, and the status is as without us.
in_place() {
    finds "$1" "crashed: null dereference" "$failed" "$broke" "$ONCE" "$places" "$1"
    is "$1: the end is the target's own" "$(jq .exit_status report.json)" "$2"
}
in_place here 139
in_place thread 139
is "the thread's name, which is not the process's" \
    "$(found '[.thread_name, .image, .pid == .tid] | @csv')" '"worker","diag_places",false'
in_place child 0
is "the child's process, which is not the first" \
    "$(jq '.finding.pid == .processes[0].pid' report.json)" false
in_place handled-raise 139
is "a handler that raises it again: the first stop is what counts" "$(found .address)" 0x8
in_place handled-abort 134
in_place handled-exit 1
like "its message is still there" "$(cat err)" '^something went wrong$'
in_place handled-well 0
in_place left 0
in_place altstack 139
in_place blocked 139
in_place used-to-faults 139
"$MF_RUN" --policy "$ONCE" -- "$places" handled-abort >out 2>text
is "a handler that aborts: one crash is one finding" \
    "$(grep -cE '^mallocfail: (crashed|aborted|hung): ' text)" 1
diagnose "$ONCE" "$places" survived
is "faults that the program uses are no defects" "$(found .)" null
finds "in a library opened at run time" "crashed: null dereference" \
    "$(at plugin_run diag_plugin.c 'FAILS plugin')" \
    "$(at plugin_run diag_plugin.c 'BREAKS plugin')" \
    "$ONCE" "$places" dlopen "$MF_TARGETS/diag_plugin.so"
is "whose name is told" "$(found '[.injection_site.module, .crash_site.module] | @csv')" \
    '"diag_plugin.so","diag_plugin.so"'
finds "a SIGSEGV that was raised, in a thread" "crashed: other" \
    "$(at raise_segv $source 'FAILS raise')" "$(at raise_segv $source 'BREAKS raise')" \
    "$ONCE" "$places" raise
is "has no address" "$(found '[.address, .thread_name] | @csv')" ',"raiser"'

# C++.
source=diag_throw.cc
finds "a method of NULL" "crashed: null dereference" \
    "$(at method $source 'FAILS method')" \
    "$(at shop::item::raise_price $source 'BREAKS method')" "$ONCE" "$throw" method
finds "bad_alloc that nobody catches" "aborted: uncaught exception" \
    "$(at load $source 'FAILS uncaught')" "$(at load $source 'FAILS uncaught')" \
    "$ONCE" "$throw" uncaught
is "its type" "$(found .detail)" std::bad_alloc
finds "another exception that nobody catches" "aborted: uncaught exception" \
    "$(at load_all $source 'FAILS other-type')" "$(at load_all $source 'BREAKS other-type')" \
    "$ONCE" "$throw" other-type
finds "an exception of the library's, which only a bug throws" "crashed: uncaught exception" \
    "$(at length $source 'FAILS length')" "$(at reserve $source 'BREAKS length')" \
    "$ONCE" "$throw" length
is "its type" "$(found .detail)" std::length_error
diagnose "$ONCE" "$throw" noexcept
is "an exception that leaves a destructor" \
    "$(found '"\(.outcome): \(.class): \(.injection_site|site)"')" \
    "crashed: failure while throwing: $(at load $source 'FAILS uncaught')"
like "ends where it was thrown, or where it could not go on" "$(found '.crash_site|site')" \
    '^(load|closer::~closer) '
diagnose "$ONCE" "$throw" caught
is "one that is caught is no defect" "$(found .)" null
diagnose "$(rules '{}' '"arm":"startup"')" "$throw" caught
is "libstdc++ without its reserve cannot throw" "$(found '"\(.outcome): \(.class)"')" \
    'aborted: failure while throwing'
like "in words" "$(found .explanation)" '^there is no memory for the exception object'

# The article's programs.
finds "an allocator that breaks while an exception is thrown" \
    "crashed: failure while throwing" \
    "$(at calloc throwing.c 'GETS throwing')" "$(at calloc throwing.c 'BREAKS throwing')" \
    "$(rule '"from":1')" "$MF_TARGETS/throwing"
is "the stack" "$(found '[.frames[].function | strings | sub("\\(.*"; "")
    | select(test("^(calloc|__cxa_get_globals|__cxa_throw|load)$"))] | @csv')" \
    '"calloc","__cxa_get_globals","__cxa_throw","load"'
diagnose "$(rule '"functions":["malloc"]')" "$MF_TARGETS/asprintf"
is "asprintf without any memory is handled" \
    "$(jq -c '[.finding, .exit_status, .failed > 1]' report.json) $(cat out)" \
    '[null,0,true] (nil)'

puts=$MF_TARGETS/recursive-puts
none='{"version":1,"rules":[]}'
begin=$(date +%s%N)
(
    # shellcheck disable=SC3045 # dash and bash have it; the frames are counted
    ulimit -s 8192
    diagnose "$none" "$puts"
)
end=$(date +%s%N)
is "malloc that calls puts" "$(found '"\(.outcome): \(.class) in \(.crash_site|site)"')" \
    "crashed: allocator re-entry in $(at malloc recursive_puts.c 'BREAKS recursive-puts')"
like "the cycle in the order of calls" "$(found '.cycle.functions | reverse | . + . | @csv')" \
    '"malloc","puts"'
like "the cycle in words" "$(found .explanation)" \
    '^malloc\(\) is called again from within itself, without end: [0-9,]+ times malloc → puts → '
ok "100,000 frames and more" test "$(found .frame_count)" -gt 100000
ok "in little time ($(((end - begin) / 1000000)) ms)" test $((end - begin)) -lt 3000000000
plan
