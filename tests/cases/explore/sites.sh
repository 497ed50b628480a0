#!/bin/sh
# SPDX-License-Identifier: MIT
# Call sites: points are chosen by the modules they belong to, and coverage tells what became
# of each.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/sites

# explored OPTION…: explore, and keep the report in err.
explored() {
    rm -rf found
    "$MF_RUN" -o found "$@" >"$tap_home/out.txt" 2>"$tap_home/err"
}

# field FILTER: from the results; coverage FILTER: from their coverage.
field() {
    jq -c "$1" found/findings.json
}

coverage() {
    field ".coverage|$1"
}

# tries DESCRIPTION NUMBERS OPTION…: an exploration of the victim tries these allocations.
tries() {
    tries_what=$1 tries_want=$2
    shift 2
    explored --mode once "$@" -- "$victim"
    is "$tries_what" "$(field '[.trials[].number]|sort')" "$tries_want"
}

# 1, 2, 3: its own; 4: its own, called by the library; 5: strdup; 6, 7: the library's.
tries "all of them" '[1,2,3,4,5,6,7]'
tries "the program's, strdup's on its behalf too" '[1,2,3,4,5]' --only-module sites
tries "the library's" '[6,7]' --only-module 'libfetch.so*'
tries "all but the library's" '[1,2,3,4,5]' --skip-module 'libfetch.so*'
tries "the C library's" '[5]' --only-module 'libc[.-]*'
tries "all but the C library's" '[1,2,3,4,6,7]' --skip-module 'libc[.-]*'
tries "several patterns" '[5,6,7]' --only-module 'libc[.-]*' --only-module 'libfetch*'
tries "what is skipped is never tried" '[1,2,3,4]' --only-module sites --skip-module 'libc[.-]*'
tries "anywhere in the stack" '[4,6,7]' --only-module 'stack:libfetch*'
tries "nowhere in the stack" '[1,2,3,5]' --skip-module 'stack:libfetch*'
tries "by path" '[6,7]' --only-module '*/tests/targets/*libfetch.so'
tries "every allocation" '[1,2,3,4]' --points all --only-module sites --skip-module 'libc[.-]*'
tries "fresh, too" '[6,7]' --strategy fresh --only-module 'libfetch.so*'

explored --mode once --only-module 'libfetch*' -- "$victim"
like "what is left out is told" "$(cat err)" '^mallocfail: 3 of the stacks are left out by module$'
like "coverage is of the rest" "$(cat err)" ' 2 of 2 stacks, 1 of 1 call site failed: 2 handled$'
is "and has the patterns" "$(coverage '[.only_modules,.skip_modules]')" '[["libfetch*"],[]]'
is "and the whole" "$(coverage .summary)" \
    '{"stacks":2,"stacks_failed":2,"stacks_left_out":3,"call_sites":1,"call_sites_failed":1,"call_sites_left_out":2,"places_unnamed":0}'

# Nothing left is no success.
says 125 'nothing was tested.*these modules allocate: sites, libfetch.so$' "a module that never allocates" \
    "$MF_RUN" -o found --only-module 'libm.so*' -- "$victim"
says 125 'nothing was tested' "all modules are skipped" "$MF_RUN" -o found --skip-module '*' -- "$victim"
says 0 "warning: --skip-module 'libm.so\*' matches no module" "a pattern for nothing is told" \
    "$MF_RUN" -o found --mode once --skip-module 'libm.so*' -- "$victim"
# shellcheck disable=SC1003 # it is a backslash
for bad in '' 'stack:' '[a' 'a\'; do
    says 125 'is not a valid pattern for modules' "a pattern that is none: '$bad'" \
        "$MF_RUN" -o found --only-module "$bad" -- "$victim"
done

# Each call site and each stack, with what became of it.
explored -- "$victim" careless
like "the report counts both" "$(cat err)" ' 5 of 5 stacks, 3 of 3 call sites failed: '
site='.call_sites[]|select(.function=='
is "a call site has names and counts" \
    "$(coverage "$site\"own\")|[.module,(.file|sub(\".*/\";\"\")),.allocations,.stacks,.points_failed,.outcomes]")" \
    '["sites","sites.c",4,2,4,{"handled":8}]'
is "strdup's is where it was called" "$(coverage "$site\"duplicate\")|.outcomes")" '{"handled":2}'
is "outcomes differ by place" "$(coverage "$site\"fetch\")|[.module,.stacks_failed,.outcomes]")" \
    '["libfetch.so",2,{"crashed":4}]'
is "a line is where the call is" "$(coverage "$site\"duplicate\")|.line")" \
    "$(grep -n 'strdup("x")' "$MF_SOURCE/tests/targets/sites.c" | cut -d: -f1)"
# shellcheck disable=SC2016 # the variables are jq's
each='.call_sites as $s|.stacks|sort_by(.number)|
    map([$s[.call_site].function,.number,.allocations,.outcomes])'
is "a stack has its call site and its outcome in each mode" \
    "$(coverage "$each|.[0],.[4]")" \
    '["own",1,3,{"once":{"handled":3},"persistent":{"handled":3}}]
["fetch",7,1,{"once":{"crashed":1},"persistent":{"crashed":1}}]'
# shellcheck disable=SC2016 # the variables are jq's
names='.places as $p|.stacks[]|select(.number==6 or .number==5)|[.frames[:2][]|$p[.].function]'
is "and who called, the run-time libraries left out" "$(coverage "$names" | sort)" \
    '["duplicate","main"]
["fetch","fetch_twice"]'
is "stacks add up to the trials" "$(field '(.coverage.stacks|map(.failures)|add)==(.trials|length)')" true

# A point that was never tried shows.
explored --mode once --max 2 -- "$victim"
like "what was not tried is told" "$(cat err)" ' 2 of 5 stacks, 2 of 3 call sites failed: '
is "and stands in the results" "$(coverage '[.stacks[]|select(.failures==0).outcomes]')" '[{},{},{}]'

all='[.summary,.call_sites,.places,.stacks]'

# Results that are resumed or joined cover what they cover together.
explored -- "$victim" careless
coverage "$all" >whole
explored --max 3 -- "$victim" careless
explored_again() {
    "$MF_RUN" -q -o found --resume found -- "$victim" careless
}
status_is 1 "it goes on" explored_again
coverage "$all" >resumed
same "and covers the whole" resumed whole
for part in 1 2 3; do
    "$MF_RUN" -q -o part$part --shard $part/3 -- "$victim" careless
done
says 1 ' 5 of 5 stacks, 3 of 3 call sites failed' "parts are joined" \
    "$MF_RUN" merge -o found part1 part2 part3
coverage "$all" >joined
same "and cover the whole" joined whole
"$MF_RUN" -q -o own --only-module sites -- "$victim" careless
"$MF_RUN" -q -o lib --only-module 'libfetch*' -- "$victim" careless
"$MF_RUN" merge -q -o found own lib
coverage "$all" >joined
same "so do results of each module" joined whole
is "whose patterns differ" "$(coverage '.only_modules')" null

# Files at long paths, as build systems make them.
cat >sites5.c <<'END5'
#include <stdlib.h>
static void use(char *block, int careful) {
    if (block || !careful) {
        block[0] = 1;
    }
    free(block);
}
__attribute__((visibility("default"))) void take(void) {
    use(malloc(801), 1);
    use(malloc(802), 1);
    use(malloc(803), 0);
    use(malloc(804), 1);
    use(malloc(805), 1);
}
END5
echo 'void take(void); int main(void) { take(); return 0; }' >calls.c
folder=$(printf '%200s/' '' | tr ' ' d)
far=$PWD
while [ ${#far} -lt 3700 ]; do
    far=$far/$folder
done
mkdir -p "$far"
${CC:-cc} -g -O0 -fno-builtin -fPIC -shared -o "$far/libfive.so" sites5.c &&
    ${CC:-cc} -g -O0 -fno-builtin -o "$far/inside" sites5.c calls.c &&
    ${CC:-cc} -g -O0 -o "$far/outside" calls.c -L"$far" -lfive "-Wl,-rpath,$far" || exit 1
for far_kind in inside outside; do
    explored "$far/$far_kind"
    is "a long path, $far_kind: the one unchecked site is found and named" \
        "$(field '[.findings[]|[.outcome,.injection.size,(.injection.frames[0]|.function,.line)]]')" \
        '[["crashed",803,"take",11]]'
    is "... and all its sites count" "$(coverage .summary.call_sites)" 5
done
explored --strategy fresh --only-module 'libfive*' "$far/outside"
is "a long path: a library is chosen by its name" "$(field '[.findings[].injection.size]')" '[803]'
"$MF_RUN" -q -p "$(rule '"caller":{"module":"libfive.so","function":"take"},"nth":3')" \
    "$far/outside" >out 2>err
is "... and a policy knows it by module and function" "$?" 139
"$MF_RUN" trace --stacks -o far.trace "$far/outside" >out 2>err
like "... and a trace" "$("$MF_RUN" histogram far.trace)" 'take < main'

# Real programs.
if have xmllint; then
    echo '<a><b x="1">t</b></a>' >t.xml
    explored --mode once --only-module 'libxml2.so*' -- xmllint t.xml
    # shellcheck disable=SC2016 # the variables are jq's
    tried='.coverage as $c|[.trials[].stack_id] as $t|[$c.stacks[]|select(.stack_id|IN($t[]))|
        $c.call_sites[.call_site].module|sub("[.]so.*";"")]|unique'
    is "xmllint: only what libxml2 asks for is tried" "$(field "$tried")" '["libxml2"]'
    is "and all of it" "$(coverage '.summary.stacks==.summary.stacks_failed and .summary.stacks>20')" true
fi
if have sqlite3 && ldd "$(command -v sqlite3)" | grep -q libsqlite3; then
    explored --mode once -- sqlite3 :memory: .tables
    field '[.trials[].stack_id]|sort' >all
    explored --mode once --skip-module 'libsqlite3*' -- sqlite3 :memory: .tables
    field '[.trials[].stack_id]|sort' >others
    explored --mode once --only-module 'libsqlite3*' -- sqlite3 :memory: .tables
    field '[.trials[].stack_id]|sort' >its
    is "sqlite3: skipped and wanted are the whole" "$(jq -sc 'add|sort' others its)" "$(cat all)"
    is "and no module is in both" "$(jq -sc '.[0]-(.[0]-.[1])' others its)" '[]'
fi
plan
