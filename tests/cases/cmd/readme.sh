#!/bin/sh
# SPDX-License-Identifier: MIT
# What README shows is what a reader gets.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

readme=$MF_SOURCE/README

# plain FILE: the lines without what differs from run to run.
plain() {
    sed -E 's/[0-9]+\.[0-9]+ s/T s/g; s/(keys|label)\[[0-9]+\]/\1[PID]/
        s/0x[0-9a-f]{9,}/ADDRESS/; s/by thread [0-9]+/by thread TID/
        s/[0-9a-f]{16}/ID/; /^ *$/d' "$1"
}

# pasted N: the Nth exploration that README shows.
pasted() {
    awk -v wanted="$1" '/^    mallocfail: clean run/ { number++ }
        number == wanted; /^    mallocfail: 1 defect/ { if (number == wanted) exit }' "$readme" |
        sed 's/^    //'
}

ok "its example compiles" "${CC:-cc}" -g -o keys "$MF_SOURCE/examples/keys.c"
status_is 1 "its example has a defect" "$MF_RUN" ./keys
"$MF_RUN" ./keys >out 2>shown
pasted 1 >wanted
plain shown >shown.plain
plain wanted >wanted.plain
is "and is reported as it says" "$(cat shown.plain)" "$(cat wanted.plain)"
ok "its second example compiles" "${CC:-cc}" -g -o label "$MF_SOURCE/examples/label.c"
status_is 0 "which has no defect with the usual allocator" "$MF_RUN" ./label
status_is 1 "and one with the page allocator" "$MF_RUN" --allocator pages ./label
"$MF_RUN" --allocator pages ./label >out 2>shown
pasted 2 >wanted
plain shown >shown.plain
plain wanted >wanted.plain
is "reported as it says" "$(cat shown.plain)" "$(cat wanted.plain)"
status_is 139 "a policy on the command line is as it says" \
    "$MF_RUN" --policy '{"version": 1, "rules": [{"nth": 3}]}' ./keys
"$MF_RUN" -q --policy '{"version": 1, "rules": [{"nth": 3}]}' --reproducer again.json ./keys
ok "and its reproducer brings it back" "$MF_RUN" replay -q again.json
status_is 1 "reports are written as it says" \
    "$MF_RUN" -q --report sarif:out.sarif --report junit:out.xml ./keys
ok "and are there" test -s out.sarif -a -s out.xml
ok "and later" "$MF_RUN" report mallocfail-out --format html -o out.html
ok "its unit test compiles" "${CC:-cc}" -g -I"$MF_SOURCE/include" -o unit "$MF_SOURCE/examples/unit.c"
is "... passes by itself" "$(./unit)" 'well done'
says 134 'crashed: assertion .*colour=blue' "... and not without memory" "$MF_RUN" run ./unit
# shellcheck disable=SC2013 # no spaces in them
for policy in $(grep -o 'policies/[a-z-]*\.json' "$readme" | sort -u); do
    ok "$policy exists and is right" "$MF_RUN" check "$MF_SOURCE/$policy"
done

# What runs in CI are lines of README, on the project that is beside them.
ci=$(cat "$MF_SOURCE"/examples/ci/*.yml)
for format in github sarif junit html; do
    like "a CI job has the line with $format" "$ci" "mallocfail suite .*--report $format:[^ ]+ .*make check"
done
cp "$MF_SOURCE"/examples/queue/*.[ch] "$MF_SOURCE/examples/queue/Makefile" . &&
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES TESTS && make -s CFLAGS=-g test_queue
ok "which passes" "$MF_RUN" suite -q --report github:- --report sarif:oom.sarif make check
ok "in each" "$MF_RUN" suite -q --report junit:oom.xml --report html:oom.html make check
if python3 -c 'import yaml' 2>/dev/null; then
    for job in "$MF_SOURCE"/examples/ci/*.yml; do
        ok "${job##*/} is YAML" python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$job"
    done
else
    skip "the CI jobs are YAML" "no python3-yaml"
fi

# The parts of an exploration, joined.
for part in 1 2 3; do
    "$MF_RUN" -q -j 1 -o part-$part --points all --shard $part/3 ./keys
done
"$MF_RUN" merge -o all part-* 2>merged
is "joined parts are told as it says" "$(cat merged)" "$(grep -A 2 'merge -o all part-\*$' "$readme" | sed -n '2,3s/^    //p')"
plan
