#!/bin/sh
# SPDX-License-Identifier: MIT
# The same bugs, built in other ways: what can be told is told, and no more.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the reports with"
CC=${CC:-cc}
ONCE=$(rule '"size":{"min":1000,"max":1000},"nth":1')
CODE=$MF_SOURCE/tests/targets/diag_memory.c

# build FLAG…: diag_memory, in the working directory.
build() {
    # shellcheck disable=SC2086 # a compiler may come with options
    $CC -D_GNU_SOURCE -std=gnu17 -fno-builtin "$@" -o diag_memory "$CODE"
}
build -g || skip_all "no compiler"

# tells BUG FILTER: what a filter finds in the finding.
tells() {
    report "$ONCE" ".finding | $2" ./diag_memory "$1"
}

# place LINE: the line that a bug's words mark.
place() {
    grep -n "// $1\$" "$CODE" | cut -d: -f1
}
FILTER='[.class, .injection_site.function, .injection_site.line, .crash_site.function,
    .crash_site.line, .crash_site.module]'

# told BUG CLASS FAILED BROKE WITH-LINES HOW: the line of a bug.
told() {
    if [ "$5" = lines ]; then
        told_failed=$(place "FAILS $1") told_broke=$(place "BREAKS $1")
    else
        told_failed=null told_broke=null
    fi
    is "$6: $1" "$(tells "$1" "$FILTER")" \
        "[\"$2\",$3,$told_failed,$4,$told_broke,\"diag_memory\"]"
}

# told_all LINES HOW: the bugs that every build shows in the same functions.
told_all() {
    told null-write 'null dereference' '"make_node"' '"make_node"' "$1" "$2"
    told null-read 'null dereference' '"find_node"' '"null_read"' "$1" "$2"
    told null-libc 'null dereference' '"null_libc"' '"measure"' "$1" "$2"
    told null-call 'null dereference' '"make_handler"' '"null_call"' "$1" "$2"
    told double-free 'heap corruption' '"double_free"' '"double_free"' "$1" "$2"
}

for how in '-O0 -g' '-O2 -g' '-O2 -gdwarf-4' '-O2 -g -no-pie' '-O3 -g -fomit-frame-pointer' \
    '-Os -g -gz'; do
    # shellcheck disable=SC2086 # several options
    if build $how; then
        told_all lines "$how"
    else
        skip "$how" "the compiler has no such option"
    fi
done
for how in '-O2' '-O2 -s -rdynamic'; do
    # shellcheck disable=SC2086
    build $how
    told_all names "$how"
done

build -O2 -s
for bug in null-write null-read null-libc null-call; do
    is "stripped: $bug: the class and the module" \
        "$(tells $bug '[.class, .injection_site.module, .crash_site.module]')" \
        '["null dereference","diag_memory","diag_memory"]'
    is "stripped: $bug: no function is made up" \
        "$(tells $bug '[.injection_site.function, .crash_site.function, .crash_site.line]')" \
        '[null,null,null]'
done
unlike "stripped: the explanation does not claim to know more" "$(tells null-read .explanation)" \
    'the NULL from|caller|same function|null\)'
like "stripped: but says what it knows" "$(tells null-read .explanation)" \
    'after calloc\(1000\) failed at diag_memory\+0x[0-9a-f]+, a NULL is read at offset 16 at diag_memory\+0x[0-9a-f]+'

# Debug information apart from the program, found by build id as Debian has it.
if have objcopy && build -O2 -g -Wl,--build-id; then
    objcopy --only-keep-debug diag_memory diag_memory.debug
    objcopy --strip-all --add-gnu-debuglink=diag_memory.debug diag_memory
    told null-write 'null dereference' '"make_node"' '"make_node"' lines "-g in another file"
else
    skip "debug information in another file" "no objcopy"
fi

# Debug information that goes down and down: 300,000 blocks, each in the one before.
cat >endless.s <<'EOF'
	.section .debug_abbrev,"",%progbits
	.byte 1,0x11,1,0x11,1,0x12,6,0,0, 2,0x2e,1,0x11,1,0x12,6,0,0, 3,0x0b,1,0x11,1,0x12,6,0,0, 0
	.section .debug_info,"",%progbits
	.4byte 2f - 1f
1:	.2byte 4
	.4byte .debug_abbrev
	.byte 8
	.byte 1
	.8byte write_to
	.4byte 64
	.byte 2
	.8byte write_to
	.4byte 64
	.rept 300000
	.byte 3
	.8byte write_to
	.4byte 64
	.endr
	.zero 300002
2:
	.section .note.GNU-stack,"",%progbits
EOF
cat >endless.c <<'EOF'
#include <stdlib.h>
void write_to(char *block);
__attribute__((noinline)) void write_to(char *block) { *(volatile char *)block = 1; }
int main(void) { write_to(malloc(1000)); return 0; }
EOF
if $CC -O0 -o endless endless.c endless.s 2>err; then
    is "debug information without end: the symbol's name is left" \
        "$(report "$ONCE" '.finding | [.class, .crash_site.function]' ./endless)" \
        '["null dereference","write_to"]'
else
    skip "debug information without end" "it cannot be built"
fi

# A program that is built anew before it is looked at is not taken for what ran.
if build -O0 -g -Wl,--build-id; then
    cp diag_memory old
    build -O0 -g -Wl,--build-id -DANEW -falign-functions=256
    cp diag_memory new
    is "a child of a shell is found by its own name" "$(report "$ONCE" \
        '.finding | [.image, .crash_site.function, .crash_site.module]' \
        sh -c './old null-write; :')" '["old","make_node","old"]'
    is "one that is another program by now: no function is made up" "$(report "$ONCE" \
        '.finding | [.image, .crash_site.function, .crash_site.line]' \
        sh -c './old null-write; mv new old')" '["old",null,null]'
else
    skip "a program that is built anew" "no build ids"
fi
plan
