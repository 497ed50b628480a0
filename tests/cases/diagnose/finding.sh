#!/bin/sh
# SPDX-License-Identifier: MIT
# A finding is the same in every run, and comes back.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the reports with"
memory=$MF_TARGETS/diag_memory
ends=$MF_TARGETS/diag_ends
places=$MF_TARGETS/diag_places
throw=$MF_TARGETS/diag_throw
ONCE=$(rule '"size":{"min":1000,"max":1000},"nth":1')
EVER=$(rule '"size":{"min":1000,"max":1000}')

# signature POLICY PROGRAM…
signature() {
    signature_policy=$1
    shift
    report "$signature_policy" .finding.signature "$@"
}

# stable POLICY PROGRAM…: another run, environment, address space and directory.
stable() {
    stable_first=$(signature "$@")
    stable_name="${2##*/} $3"
    like "$stable_name has a signature" "$stable_first" '^"[0-9a-f]{16}"$'
    is "$stable_name: the same in another run" "$(signature "$@")" "$stable_first"
    is "$stable_name: in another environment" \
        "$(X=$(head -c 5001 /dev/zero | tr '\0' x) signature "$@")" "$stable_first"
    if setarch -R true 2>/dev/null; then
        is "$stable_name: without random addresses" "$(stable_policy=$1 && shift &&
            rm -f report.json && setarch -R "$MF_RUN" -q --policy "$stable_policy" \
                --report json:report.json -- "$@" >out 2>err
            jq .finding.signature report.json)" "$stable_first"
    else
        skip "$stable_name: without random addresses" "no setarch -R"
    fi
}
stable "$ONCE" "$memory" null-write
stable "$ONCE" "$memory" null-libc
stable "$ONCE" "$memory" double-free
stable "$EVER" "$ends" recursion
stable "$ONCE" "$ends" abort
stable "$ONCE" "$places" thread
stable "$ONCE" "$places" child
stable "$ONCE" "$throw" uncaught

for bug in null-write null-read null-libc null-call double-free overrun; do
    signature "$ONCE" "$memory" $bug
done >signatures
for bug in assertion abort trap; do
    signature "$ONCE" "$ends" $bug
done >>signatures
is "nine bugs have nine signatures" "$(sort -u signatures | wc -l | tr -d ' ')" 9
unlike "one crash behind two failures is two findings" \
    "$(signature "$ONCE" "$memory" two-ways)" \
    "$(signature "$(rule '"size":{"min":1000,"max":1000},"nth":2')" "$memory" two-ways)"

# comes_back POLICY PROGRAM…: its reproducer brings the same finding back.
comes_back() {
    comes_back_policy=$1
    shift
    comes_back_name="${1##*/} $2"
    rm -f again.json
    "$MF_RUN" -q --timeout 5s --policy "$comes_back_policy" --report json:report.json \
        --reproducer again.json -- "$@" >out 2>err
    is "$comes_back_name: the report names the reproducer" \
        "$(jq -r .finding.reproducer report.json)" again.json
    ok "$comes_back_name: the reproducer is a policy" "$MF_RUN" check again.json
    says 0 'the same finding came back' "$comes_back_name comes back" \
        "$MF_RUN" replay --timeout 5s again.json
}
for bug in null-write null-read null-libc null-call double-free overrun; do
    comes_back "$ONCE" "$memory" $bug
done
for bug in assertion abort trap; do
    comes_back "$ONCE" "$ends" $bug
done
for place in here thread child handled-raise handled-exit altstack blocked; do
    comes_back "$ONCE" "$places" $place
done
for bug in method uncaught other-type length noexcept; do
    comes_back "$ONCE" "$throw" $bug
done
comes_back "$(rule '"size":{"min":1000,"max":1000},"nth":1')" "$places" dlopen \
    "$MF_TARGETS/diag_plugin.so"

# What is pinned is the stack, not the number: the same bug behind other allocations.
"$MF_RUN" -q --policy "$ONCE" --reproducer again.json -- "$memory" null-write >out 2>err
says 1 'did not come back' "a bug that is not there does not" \
    "$MF_RUN" replay again.json -- "$memory" null-read
says 1 'did not come back' "nor in a program without bugs" \
    "$MF_RUN" replay again.json -- "$MF_TARGETS/count" 'malloc:1000*3'
status_is 125 "a policy is no reproducer" "$MF_RUN" replay \
    "$MF_SOURCE/policies/fail-every.json"
status_is 125 "a file that is none" "$MF_RUN" replay /no/such/file
printf '{"version":1,' >torn.json
status_is 125 "a file that breaks off" "$MF_RUN" replay torn.json
echo '{"version":1,"rules":[],"reproduces":{"signature":7,"number":-1}}' >odd.json
status_is 125 "a file with odd contents" "$MF_RUN" replay odd.json

# For eyes: the last line is a command that brings it back.
"$MF_RUN" --policy "$ONCE" -- "$memory" null-write >out 2>text
again=$(tail -n 1 text | sed -n 's/^ *again *//p')
like "the last line is a command" "$again" '^mallocfail .*null-write$'
mkdir bin && ln -s "$MF_RUN" bin/mallocfail
is "which breaks again" "$(PATH=$PWD/bin:$PATH MALLOCFAIL_LIBRARY=$MF_LIB sh -c "$again" \
    2>&1 | grep -c 'crashed: null dereference')" 1
"$MF_RUN" --policy "$ONCE" --reproducer "with space's.json" -- "$memory" null-write \
    >out 2>text
again=$(tail -n 1 text | sed -n 's/^ *again *//p')
is "a reproducer's name is quoted for the shell" "$(PATH=$PWD/bin:$PATH \
    MALLOCFAIL_LIBRARY=$MF_LIB sh -c "$again" 2>&1 | grep -c 'the same finding came back')" 1

# Where there is nothing to write it is said.
says 0 "the reproducer 'none.json' was not written: no allocation failed" \
    "a policy that never fires has no reproducer" \
    "$MF_RUN" run --policy "$NEVER" --reproducer none.json -- "$MF_TARGETS/count" malloc:10
says 0 "the reproducer 'none.json' was not written: nothing broke" "nor has a run that lives on" \
    "$MF_RUN" run --policy "$ONCE" --reproducer none.json -- "$MF_TARGETS/count" malloc:1000
status_is 1 "there is no file" test -e none.json

# What depends on it.
status_is 1 "--exit verdict: a crash is a defect" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$memory" null-write
status_is 1 "--exit verdict: in a child, too" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$places" child
status_is 1 "--exit verdict: and where a handler made an exit of it" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$places" handled-exit
status_is 1 "--exit verdict: libc's own abort" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$memory" double-free
status_is 0 "--exit verdict: a deliberate abort is none" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$ends" abort
status_is 1 "--exit verdict: a failed assertion is a defect" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$ends" assertion
status_is 1 "--exit verdict: ... and a good one" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$places" handled-well
status_is 0 "--exit verdict: faults that the program uses are none" \
    "$MF_RUN" -q --exit verdict --policy "$ONCE" -- "$places" survived

# Without tracing.
rm -f report.json
"$MF_RUN" -q --no-trace --policy "$ONCE" --report json:report.json -- "$memory" null-write \
    >out 2>err
is "--no-trace: the signal is told, the place is not" \
    "$(jq -c '[.traced, .finding, .end.signal_name]' report.json)" '[false,null,"SIGSEGV"]'
status_is 1 "--no-trace: --exit verdict still sees the crash" \
    "$MF_RUN" -q --no-trace --exit verdict --policy "$ONCE" -- "$memory" null-write
says 0 'not traced: crashes that a signal handler catches are not seen' \
    "--no-trace: and tells what it does not see" \
    "$MF_RUN" --no-trace --exit verdict --policy "$ONCE" -- "$places" handled-well
"$MF_RUN" -q --policy "$(rule '"process":"nobody"')" -- \
    "$MF_RUN" --policy "$ONCE" --report json:inner.json -- "$memory" null-write >out 2>text
is "a target that is traced already still ends as it does" \
    "$(jq -c '[.end.signal_name, .finding]' inner.json)" '["SIGSEGV",null]'
like "and it is said that nothing can be seen" "$(cat text)" 'trace'
plan
