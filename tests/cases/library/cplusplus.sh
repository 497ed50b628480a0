#!/bin/sh
# SPDX-License-Identifier: MIT
# C++: new that fails is bad_alloc.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

throw=$MF_TARGETS/throw
fail=$(rule '"size":{"min":2000,"max":2000}')

both "new throws bad_alloc" "$fail" bad_alloc "$throw" caught
both "nothrow new is nullptr" "$fail" nullptr "$throw" nothrow
both "nothing fails: a block" "$NEVER" 'a block' "$throw" caught
both "a vector of strings fails in the middle" "$(rule '"size":{"min":101},"from":500')" \
    bad_alloc "$throw" vector
both "an exception itself has its reserve" \
    "$(rules '{"functions":["malloc"]}' '"arm":"main"')" 'caught a string' "$throw" thrown
status_is 134 "uncaught bad_alloc: abort, by the runner" under "$fail" "$throw" uncaught
status_is 134 "uncaught bad_alloc: abort, with the library alone" \
    sh -c 'env LD_PRELOAD="$1" MALLOCFAIL_POLICY="$2" "$3" uncaught' sh "$MF_LIB" "$fail" \
    "$throw"

# A terminate handler of the program's own makes no crash a tidy end; where nobody caught an
# exception, how the handler ends the program is what counts.
cat >handler.cc <<'EOF'
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <unistd.h>
#include <vector>
static void leave() { _exit(0); }
static void tell() { fputs("no memory\n", stderr); _exit(3); }
static int last(int count) noexcept {
    std::vector<int> numbers(count);
    return numbers[count - 1];
}
static int last_or_throw(int count) {
    std::vector<int> numbers(count);
    return numbers[count - 1]; // throws
}
int main(int argc, char **argv) {
    std::set_terminate(argc < 2 || argv[1][0] == 'l' ? leave : argv[1][0] == 't' ? tell : abort);
    printf("%d\n", argc < 2 ? last(100) : last_or_throw(100));
}
EOF
# ends HOW…: the outcome and the class of what the one failing vector leads to.
ends() {
    "$MF_RUN" -q -o found --arm main --mode once --strategy $strategy \
        --only-module handler -- ./handler "$@" >out 2>err
    jq -c '[.outcomes | to_entries[] | select(.value > 0 and .key != "tolerated") | .key] +
        [.findings[].class]' found/findings.json
}
if have g++ jq && g++ -g -w -fno-builtin -o handler handler.cc; then
    for strategy in in-place fresh; do
        status_is 1 "an exception that leaves a noexcept function is a defect, whatever handler ends it, $strategy" \
            "$MF_RUN" -q -o found --arm main --strategy $strategy -- ./handler
        is "it is a crash while throwing, of a type with a name, $strategy" \
            "$(jq -c '[.findings[] | select(.outcome == "crashed") | .class, .detail]' found/findings.json)" \
            '["failure while throwing","std::bad_alloc"]'
        like "who sent the SIGABRT is told, $strategy" \
            "$(jq -r '.findings[] | select(.outcome == "crashed") | .explanation' found/findings.json)" \
            "mallocfail sent the SIGABRT, before the program's own terminate handler"
        ok "its reproducer brings it back, $strategy" "$MF_RUN" replay -q \
            "found/$(jq -r '.findings[] | select(.outcome == "crashed") | .reproducer' found/findings.json)"
        is "a handler that ends with status 0 loses the output, and that is silent, $strategy" \
            "$(ends leave)" '["silent","none"]'
        is "one that tells why and ends with another status has handled it, $strategy" \
            "$(ends tell)" '["handled"]'
        is "one that aborts gives up, as without one, $strategy" \
            "$(ends abort)" '["aborted","uncaught exception"]'
    done
    status_is 0 "where nothing fails the handler is the program's" \
        "$MF_RUN" run -q --policy "$NEVER" -- ./handler
else
    skip "a terminate handler" "no g++ or jq"
fi
plan
