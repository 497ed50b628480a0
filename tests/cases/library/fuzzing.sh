#!/bin/sh
# SPDX-License-Identifier: MIT
# A fuzzer's input decides which allocations fail: examples/fuzz.c.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

example=$MF_SOURCE/examples/fuzz.c
line=$(grep -n 'memcpy(word' "$example" | cut -d: -f1)
cat >drive.c <<'EOC'
#include <stdint.h>
#include <stdio.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int main(int argc, char **argv) {
    static uint8_t data[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    return file ? LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), file)) : 2;
}
EOC
# Six allocations for three words; the sixth has no check.
printf '\005\377one two three' >bad
printf '\003\377one two three' >good
"${CC:-cc}" -g -I"$MF_SOURCE/include" -o driven "$example" drive.c || exit 1
is "without the library nothing fails" "$(./driven bad; echo $?)" 0
is "an input makes one fail that is checked" "$(LD_PRELOAD=$MF_LIB ./driven good; echo $?)" 0
is "another one that is not" "$(LD_PRELOAD=$MF_LIB ./driven bad 2>/dev/null; echo $?)" 139
says 139 'the NULL from malloc\(6\)|after malloc\(6\) failed' "mallocfail run says what broke" \
    "$MF_RUN" run -- ./driven bad

for sanitizers in fuzzer fuzzer,address; do
    if ! clang -g -fsanitize=$sanitizers -I"$MF_SOURCE/include" -o fuzz "$example" 2>/dev/null; then
        skip "libFuzzer, -fsanitize=$sanitizers" "cannot be built here"
        continue
    fi
    rm -rf corpus crash-* && mkdir corpus
    printf '\010\010one two three' >corpus/words
    timeout 60 ./fuzz -seed=1 -runs=20000 corpus >out 2>&1
    is "without mallocfail the fuzzer finds nothing, $sanitizers" "$?" 0
    timeout 60 "$MF_RUN" run -q -- ./fuzz -seed=1 -runs=200000 corpus >out 2>&1
    found=$(ls crash-*)
    ok "with it, it finds the defect" test -f "$found"
    is "which is none without mallocfail" "$(./fuzz "$found" >out 2>&1; echo $?)" 0
    "$MF_RUN" run -- ./fuzz "$found" >back 2>&1
    # By SIGSEGV, by the abort() of who has caught that, or with a status of libFuzzer's own.
    is "with it the file brings it back" "$(($? != 0))" 1
    like "at its line" "$(grep "failed at fuzz.c" back)" "a NULL is (passed on|written).* at fuzz.c:($line|$((line + 1))),"
done
plan
