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

# A terminate handler of the program's own makes no crash a tidy end.
cat >handler.cc <<'EOF'
#include <cstdlib>
#include <exception>
#include <unistd.h>
#include <vector>
static void leave() { _exit(0); }
static int last(int count) noexcept {
    std::vector<int> numbers(count);
    return numbers[count - 1];
}
int main() {
    std::set_terminate(leave);
    return last(100);
}
EOF
if have g++ jq && g++ -g -w -fno-builtin -o handler handler.cc; then
    for strategy in in-place fresh; do
        status_is 1 "an exception that leaves a noexcept function is a defect, whatever handler ends it, $strategy" \
            "$MF_RUN" -q -o found --arm main --strategy $strategy -- ./handler
        is "it is a crash while throwing, $strategy" \
            "$(jq -c '[.findings[] | select(.outcome == "crashed") | .class]' found/findings.json)" \
            '["failure while throwing"]'
        status_is 0 "its reproducer brings it back, $strategy" "$MF_RUN" replay -q \
            "found/reproducers/$(jq -r '.findings[] | select(.outcome == "crashed") | .signature' found/findings.json | head -n 1).json"
    done
    status_is 0 "where nothing fails the handler is the program's" \
        "$MF_RUN" run -q --policy "$NEVER" -- ./handler
else
    skip "a terminate handler" "no g++ or jq"
fi
plan
