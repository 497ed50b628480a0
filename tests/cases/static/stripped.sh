#!/bin/sh
# SPDX-License-Identifier: MIT
# Static programs without symbols: refused by name, and tested where addresses are told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have nm strip || skip_all "no binutils"
[ "$(uname -m)" = x86_64 ] || skip_all "no breakpoints are known for $(uname -m)"
cat >two.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    static char buffer[64];
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    char *one = malloc(1234), *other = malloc(77);
    puts(one ? other ? "both" : "one" : "none");
    return 0;
}
EOC
for compiler in "${CC:-cc}" musl-gcc; do
    if ! $compiler -w -fno-builtin -static -o two two.c 2>/dev/null; then
        skip "stripped, $compiler" "cannot be built here"
        continue
    fi
    address=0x$(nm two | sed -n 's/^0*\([0-9a-f]*\) . malloc$/\1/p')
    strip two
    says 125 'linked statically and has no symbol for malloc.*--allocation 0xADDRESS:size=1' \
        "it is refused, and what to do is told, $compiler" under "$NEVER" ./two
    says 0 "no symbol for errno: calls that fail leave it as it was" \
        "by the function's address it is tested; what cannot be had is told" \
        "$MF_RUN" --allocation "$address:size=1" --policy "$NEVER" -- ./two
    is "the call that is meant fails" \
        "$("$MF_RUN" -q --allocation "$address:size=1" --policy "$(rule '"size":{"min":1234,"max":1234}')" -- ./two)" none
    is "and another one" \
        "$("$MF_RUN" -q --allocation "$address:size=1" --policy "$(rule '"above_size":76,"size":{"max":77}')" -- ./two)" one
    says 125 'there is no code at that address' "what is no address of code is refused" \
        "$MF_RUN" --allocation "0x12:size=1" --policy "$NEVER" -- ./two
    # musl's first instructions are of one byte each.
    case $compiler in
    musl*) ;;
    *)
        init=$(readelf -SW two | sed -n 's/.* \.init  *PROGBITS  *\([0-9a-f]*\) .*/\1/p')
        says 125 'it is in the middle of an instruction' "... and what is in the middle of an instruction" \
            "$MF_RUN" run --policy "$NEVER" --allocation "0x$(printf '%x' $((0x$init + 3))):size=1" -- ./two
        ;;
    esac
done
if have go; then
    mkdir hello && cat >hello/main.go <<'EOG'
package main

func main() { println("hello") }
EOG
    if (cd hello && HOME=$PWD GOFLAGS=-mod=mod GO111MODULE=off timeout 60 go build -o ../go main.go) >/dev/null 2>&1; then
        says 125 'is a Go program' "a Go program is named" under "$NEVER" ./go
        strip go
        says 125 'is a Go program' "stripped too" under "$NEVER" ./go
    else
        skip "a Go program" "cannot be built here"
    fi
else
    skip "a Go program" "there is no Go"
fi
plan
