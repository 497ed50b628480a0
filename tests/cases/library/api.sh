#!/bin/sh
# SPDX-License-Identifier: MIT
# mallocfail.h: what a program can ask for itself, and the test frameworks it is used in.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

api=$MF_TARGETS/api

# part NAME WANTED DESCRIPTION: it says so, with the library alone and by the runner.
part() {
    is "$3" "$(env LD_PRELOAD="$MF_LIB" "$api" "$1" 2>&1)" "$2"
    is "... by mallocfail run, too" "$("$MF_RUN" run -q -- "$api" "$1" 2>&1)" "$2"
}

is "without the library nothing fails, and that is said" "$("$api" absent)" \
    'available 0 passes 1 fail -1 1 policy -1 stop -1 counts 0 failed 0'
part choices 'nth 1 every 3 from 8 counts 10008 none 0 counts 10000 stopped 0 counts 0' \
    "a thread fails the nth, every nth, from the nth on"
part process 'nth 1 every 3 from 8 counts 10008 stopped 0' "so does a process"
part threads 'thread: own 5 other 0 process: own 5 other 5 both: own 0 other 5 policy: own 5 other 0' \
    "scopes keep threads apart"
part pause 'twice 0 once 0 not 3 block 0 after 3 counts 6006' "pauses nest and are not counted"
part policy 'a thousand 1000 caller 4 nobody 0 caller 4 wrong -1 1 1:1: $: missing key "rules"; write "rules": [] for none' \
    "policies come and go by text"
part nested '16 inner passes, then 0' "loops nest"
part leave 'return in 1 then 0 break in 2 then 0 process in 2 then 0 longjmp then 0' \
    "however a loop is left, failing ends with it"
part seed 'nothing 0:, 10000
first 0: 1, 10001
third, fourth 0: 3 4, 10002
far 0: 512, 520001
at most 32 0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32, 100032
copied 2, wrong -1 1, stopped 0' "bytes decide which fail"
part fork "$(printf 'child 1 1 parent 1')" "a child of a fork goes on with a copy"
part heir 'child 3002 parent 4003' "a child of a fork counts anew"
part errors '5 of 5, nothing failed: 0' "errors are told, and errno is left alone"
part together '102 202 302 402 ' "loops of several threads do not meet"
part storm '0 wrong, all noticed' "policies change while threads allocate"
is "what a process was started with goes on where it stood" \
    "$(alone "$(rule '"nth":5')" "$api" restore)" 'first 0 second 3 first 0 1'
for strategy in in-place fresh; do
    "$MF_RUN" explore -o results --strategy $strategy -- "$api" choices >out 2>err
    like "an exploration leaves the program none of its own failures ($strategy)" "$(cat err)" \
        'clean run: exit status 0 after [0-9.]+ s, 50 allocations from 5 stacks'
    like "... and tries its own ($strategy)" "$(cat err)" '5 of 5 stacks.* failed: 30 silent'
    rm -rf results
done
"$MF_RUN" run --report json:report.json -- "$api" region 2>report
like "a region is in the report" "$(cat report)" '#1 malloc\(16\) .* in "reading the configuration, all " at try '
unlike "... and not in what comes after it" "$(grep '#2' report)" ' in "'
is "the JSON report says who asked" "$(jq -c '[.injections[] | .rule, .asked_by, .region]' report.json)" \
    '[null,"program","reading the configuration, all ",null,"program",null]'

# Whatever way a program is linked, nothing has to be said for mallocfail.
flags="-g -Wall -Wextra -Werror -I$MF_SOURCE/include -I$MF_SOURCE/tests/api"
examples=$MF_SOURCE/tests/api

# compile COMPILER ARGUMENT…: as any project would, with no word about mallocfail.
compile() {
    compiler=$1
    shift
    # shellcheck disable=SC2086 # words on purpose
    "$compiler" $flags "$@" 2>err
}

for how in '' '-no-pie -fno-pie' '-fPIC' '-O2 -no-pie -fno-pie' '-std=c99 -pedantic' '-O2 -fno-plt'; do
    # shellcheck disable=SC2086 # words on purpose
    compile "${CC:-cc}" $how -o plain "$examples/plain.c" "$examples/names.c"
    is "compiled with '$how' it works" "$(LD_PRELOAD=$MF_LIB ./plain)" '8 passes, refused in 6'
    is "... and without the library" "$(./plain)" '1 passes, refused in 0'
done
if compile "${CC:-cc}" -static -o static "$examples/plain.c" "$examples/names.c"; then
    is "a static program runs its loop once" "$(./static)" '1 passes, refused in 0'
else
    skip "a static program runs its loop once" "no static C library"
fi
compile "${CC:-cc}" -DFLAW -o flawed "$examples/plain.c" "$examples/names.c"
"$MF_RUN" run --reproducer again.json -- ./flawed >out 2>err
like "... and mallocfail says how to see it again" "$(cat err)" 'again   mallocfail replay again.json'
ok "... so that it comes back" "$MF_RUN" replay again.json
is "the loop finds a flaw" "$(LD_PRELOAD=$MF_LIB ./flawed >/dev/null 2>&1; echo $?)" 139
is "... which is not to be seen without" "$(./flawed)" '1 passes, refused in 0'

# example NAME COMPILER FLAGS…: a test of a framework passes, with and without failures,
# and fails where the code has a flaw.
example() {
    example_name=$1 example_compiler=$2
    shift 2
    for flaw in '' -DFLAW; do
        # shellcheck disable=SC2086
        compile "${CC:-cc}" $flaw -c -o "names$flaw.o" "$examples/names.c"
        compile "$example_compiler" -o "test$flaw" "$examples/$example_name" "names$flaw.o" "$@" ||
            diag "compiling $example_name" "$(cat err)"
    done
    ok "$example_name passes by itself" ./test
    ok "... with every allocation failed once" env LD_PRELOAD="$MF_LIB" ./test
    if LD_PRELOAD=$MF_LIB ./test-DFLAW >out 2>&1; then
        fail "... and finds a flaw"
    else
        pass "... and finds a flaw"
    fi
}

# with HEADER COMPILER: whether a framework is there.
with() {
    echo "#include <$1>" | "$2" -E -x "$3" - >/dev/null 2>&1
}

# words TEXT…: pkg-config's answer in words.
libs() {
    pkg-config --cflags --libs "$@" 2>/dev/null
}

cxx=${CXX:-c++}
if with check.h "${CC:-cc}" c; then
    # shellcheck disable=SC2046
    example check.c "${CC:-cc}" $(libs check)
    for fork in yes no; do
        is "a failed assertion of libcheck ends the loop (fork: $fork)" \
            "$(env CK_FORK=$fork LD_PRELOAD="$MF_LIB" ./test more | sed -n 's/^\([0-9]*%: .*\)/\1/p')" \
            '66%: Checks: 3, Failures: 1, Errors: 0'
    done
else
    skip "libcheck" "check.h is not installed"
fi
if with gtest/gtest.h "$cxx" c++; then
    # shellcheck disable=SC2046
    example gtest.cc "$cxx" $(libs gtest_main)
else
    skip "GoogleTest" "gtest/gtest.h is not installed"
fi
if printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <cmocka.h>\n' |
    "${CC:-cc}" -E - >/dev/null 2>&1; then
    example cmocka.c "${CC:-cc}" -lcmocka
else
    skip "cmocka" "cmocka.h is not installed"
fi
if with CppUTest/TestHarness.h "$cxx" c++; then
    # shellcheck disable=SC2046
    example cpputest.cc "$cxx" $(libs cpputest)
else
    skip "CppUTest" "CppUTest/TestHarness.h is not installed"
fi
if [ -z "${MF_FULL:-}" ]; then
    skip "Catch2" "it takes long to compile; MF_FULL is not set"
elif with catch2/catch.hpp "$cxx" c++ || with catch2/catch_test_macros.hpp "$cxx" c++; then
    # shellcheck disable=SC2046
    example catch2.cc "$cxx" $(libs catch2-with-main || libs catch2)
else
    skip "Catch2" "its headers are not installed"
fi
plan
