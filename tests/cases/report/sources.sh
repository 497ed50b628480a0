#!/bin/sh
# SPDX-License-Identifier: MIT
# Source files are found from any directory: reports name the library's file, where the
# defect is, not the test's, in a git checkout and outside of one.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have "${CC:-cc}" jq || skip_all "no compiler"
# The build folder may be in a checkout.
outside=$(TMPDIR=/tmp mktemp -d) && cd "$outside" || exit 1
trap 'cd / && rm -rf "$outside" "$tap_home"' EXIT
mkdir -p project/lib project/tests elsewhere
cat >project/lib/parse.c <<'EOS'
#include <stdlib.h>
#include <string.h>
char *parse(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return strcpy(copy, text);
}
EOS
cat >project/tests/test.c <<'EOS'
char *parse(const char *text);
int main(void) {
    return parse("text") ? 0 : 1;
}
EOS
(cd project && "${CC:-cc}" -g -O0 -w -fno-builtin -o tests/test lib/parse.c tests/test.c) || skip_all "cannot compile"
test=$PWD/project/tests/test

# named WHERE WANTED: what reports name, from a directory.
named() {
    (
        cd "$1" || exit
        "$MF_RUN" -q -o "$outside/out.d" --report sarif:"$outside/out.sarif" \
            --report github:"$outside/out.github" --report html:"$outside/out.html" "$test"
    ) >out 2>err
    is "$1: SARIF" "$(jq -r '.runs[0].results[0].locations[0].physicalLocation|"\(.artifactLocation.uri):\(.region.startLine)"' out.sarif)" "$2:5"
    like "$1: GitHub" "$(cat out.github)" "^::error file=$2,line=5,"
    like "$1: HTML has the source" "$(cat out.html)" 'strcpy'
}
named project lib/parse.c
named project/tests lib/parse.c
named elsewhere lib/parse.c
mkdir project/.git
named project/tests lib/parse.c
named elsewhere lib/parse.c
named / lib/parse.c
plan
