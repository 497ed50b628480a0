#!/bin/sh
# SPDX-License-Identifier: MIT
# A baseline that was written for one build holds for the next one: functions keep their names.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
cat >prog.c <<'EOC'
#include <stdlib.h>
#ifdef LATER
int later(int n) { return n * 2; }
#endif
#ifdef MORE
static __attribute__((noinline)) int more(void) {
    char *block = malloc(30);
    return *block = 3;
}
#else
#define more() 0
#endif
static __attribute__((noinline)) int twice(void) {
    char *one = malloc(10);
    *one = 1;
#ifndef MENDED
    char *two = malloc(20);
    *two = 2;
#ifdef MORE
    char *three = malloc(25);
    *three = 3;
#endif
#endif
    return *one;
}
int main(void) { return twice() + more() > 100; }
EOC

# build FLAG…: the program.
build() {
    ${CC:-cc} -g -fno-builtin "$@" -o prog prog.c || exit 1
}

# explored OPTION…: status, defects, and how many of them are new.
explored() {
    "$MF_RUN" -o explored.out --baseline known.json "$@" ./prog 2>told
    echo "$? $(jq -r '[.findings[] | .known] | "\(length) \(map(select(. | not)) | length)"' explored.out/findings.json)"
}

build
is "written for one build" "$(explored --update-baseline)" '0 2 0'
like "... by name, too" "$(jq -r '.known[].name' known.json)" '^crashed: twice\(\) in prog$'
is "it holds for that" "$(explored)" '0 2 0'
build -DLATER -fstack-protector-all
is "... and for another" "$(explored)" '0 2 0'
unlike "... of which nothing is missing" "$(cat told)" 'not found any more'
build -DMENDED
is "one that is mended" "$(explored)" '0 1 0'
like "... is told" "$(cat told)" 'not found any more'
build -DMORE
is "what is new counts, in a function that has known ones, too" "$(explored)" '1 4 2'
build -Wl,--build-id=none
is "a program without a build id is known by names" "$(explored)" '0 2 0'
build -s
is "without names nothing is known in another build" "$(explored)" '1 2 2'
is "... but it can be, in the same one" "$(explored --update-baseline; explored)" "$(printf '0 2 0\n0 2 0')"
# Several programs have one baseline.
for number in 1 2; do
    cat >"shares$number.c" <<END
#include <stdlib.h>
int shares$number(void) { char *block = malloc($number); block[0] = 1; free(block); return 0; }
int main(void) { return shares$number(); }
END
    ${CC:-cc} -g -O0 -fno-builtin -o "shares$number" "shares$number.c" || exit 1
    "$MF_RUN" -q -o shares.out --baseline shared.json --update-baseline "./shares$number"
done
is "a second program leaves the entries of the first" \
    "$(jq -c '[.known[].programs] | sort' shared.json)" '[["shares1"],["shares2"]]'
like "a suite knows those of all" "$("$MF_RUN" suite -o shares.out \
    --baseline shared.json sh -c './shares1; ./shares2' 2>&1)" '2 defects, 0 of them new'
printf 'int main(void) { return 0; }\n' >empty.c
${CC:-cc} -o shares1 empty.c || exit 1
"$MF_RUN" -q -o shares.out --if-nothing ok --baseline shared.json --update-baseline ./shares1 2>shared.err
"$MF_RUN" suite -q -o shares.out --baseline shared.json --update-baseline sh -c './shares2'
is "what was not tested stays" \
    "$(jq -c '[.known[].programs] | sort' shared.json)" '[["shares1"],["shares2"]]'
# So have results that were joined.
for number in 1 2; do
    ${CC:-cc} -g -O0 -fno-builtin -o "shares$number" "shares$number.c" || exit 1
    "$MF_RUN" -q -o "shares$number.out" "./shares$number"
done
rm shared.json
says 125 'there is no baseline' "merge: a baseline that is not there" \
    "$MF_RUN" merge -o joined --baseline shared.json shares1.out shares2.out
says 125 'needs --baseline' "merge: one to write, of no name" \
    "$MF_RUN" merge -o joined --update-baseline shares1.out
says 125 'needs --baseline' "suite: the same" "$MF_RUN" suite --update-baseline ./shares1
says 0 '2 defects, 0 of them new; results' "merge writes one" \
    "$MF_RUN" merge -o joined --baseline shared.json --update-baseline shares1.out shares2.out
is "... with the programs" "$(jq -c '[.known[].programs] | sort' shared.json)" '[["shares1"],["shares2"]]'
says 0 '1 defect, 0 of them new' "... that an exploration reads" \
    "$MF_RUN" -o shares.out --baseline shared.json ./shares2
"$MF_RUN" merge -q -o joined --baseline shared.json --update-baseline shares2.out
is "... and of another program it stays" "$(jq -c '[.known[].programs] | sort' shared.json)" \
    '[["shares1"],["shares2"]]'
jq '.known |= map(select(.programs[0] == "shares1"))' shared.json >less.json
says 1 '2 defects, 1 of them new' "merge: what is new counts" \
    "$MF_RUN" merge -o joined --baseline less.json shares1.out shares2.out
is "... and what is known is marked" "$(jq -c '[.findings[] | .known] | sort' joined/findings.json)" \
    '[false,true]'
unlike "a test of JUnit that comes to known ones only has passed" \
    "$("$MF_RUN" report joined -f junit | tr -d '\n' | sed 's/.*name="[^"]*shares1"//; s/<.testcase>.*//')" \
    '<failure'
# A shared defect: an entry is of all programs that come to it, and each keeps its own.
for number in 3 4; do
    cat >"shares$number.c" <<'END'
#include <stdlib.h>
int both(void);
int main(void) { return both(); }
END
    printf '#include <stdlib.h>\nint both(void) { char *b = malloc(3); *b = 1; free(b); return 0; }\n' >both.c
    ${CC:-cc} -g -O0 -fno-builtin -o "shares$number" "shares$number.c" both.c || exit 1
    "$MF_RUN" -q -o "shares$number.out" "./shares$number"
done
"$MF_RUN" merge -q -o joined --baseline both.json --update-baseline shares3.out shares4.out
is "a defect of two programs is one entry" "$(jq -c '[.known[].programs]' both.json)" '[["shares3","shares4"]]'
"$MF_RUN" suite -q -o shares.out --baseline both.json --update-baseline ./shares3
is "... which is still of the other where one is tested alone" \
    "$(jq -c '[.known[].programs | sort]' both.json)" '[["shares3","shares4"]]'
# What is suppressed is no defect when it is joined, either.
printf '{\n    mine: known\n    broke.function: both\n}\n' >both.supp
says 0 "0 defects" "what is suppressed does not count" "$MF_RUN" -o quiet.out --ignore both.supp ./shares3
says 0 "0 defects" "... nor when it is joined" "$MF_RUN" merge -o joined quiet.out

# Which instruction of strcmp() faults depends on whether the string goes over a page's end.
cat >compares.c <<'END'
#include <stdlib.h>
#include <string.h>
static char pages[8192] __attribute__((aligned(4096)));
int main(int argc, char **argv) {
    char *block = malloc(9);
    memset(pages, 'x', 8191);
    return block && strcpy(block, "x") ? 0 : strcmp(block, pages + atoi(argv[1])) > 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o compares compares.c || exit 1
for at in 0 4093; do
    "$MF_RUN" -q -o found -- ./compares $at >out 2>err
    jq -c '[.findings[] | [.signature, .class]]' found/findings.json
done >signatures
is "a crash has one signature, whichever instruction of the C library's faults" \
    "$(uniq signatures | wc -l)" 1
like "... and is found" "$(cat signatures)" 'null dereference'
plan
