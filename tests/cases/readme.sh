#!/bin/sh
# SPDX-License-Identifier: MIT
# What README shows is what a reader gets.
# shellcheck source=tests/tap.sh
. "${0%/*}/../tap.sh"

readme=$MF_SOURCE/README

# plain FILE: the lines without what differs from run to run.
plain() {
    sed -E 's/[0-9]+\.[0-9]+ s/T s/g; s/keys\[[0-9]+\]/keys[PID]/
        s/[0-9a-f]{16}/ID/; /^ *$/d' "$1"
}

ok "its example compiles" "${CC:-cc}" -g -o keys "$MF_SOURCE/examples/keys.c"
status_is 1 "its example has a defect" "$MF_RUN" ./keys
"$MF_RUN" ./keys >out 2>shown
sed -n '/^    mallocfail: clean run/,/^    mallocfail: 1 defect/p' "$readme" |
    sed 's/^    //' >wanted
plain shown >shown.plain
plain wanted >wanted.plain
is "and is reported as it says" "$(cat shown.plain)" "$(cat wanted.plain)"
status_is 139 "a policy on the command line is as it says" \
    "$MF_RUN" --policy '{"version": 1, "rules": [{"nth": 3}]}' ./keys
"$MF_RUN" -q --policy '{"version": 1, "rules": [{"nth": 3}]}' --reproducer again.json ./keys
ok "and its reproducer brings it back" "$MF_RUN" replay -q again.json
status_is 1 "reports are written as it says" \
    "$MF_RUN" -q --report sarif:out.sarif --report junit:out.xml ./keys
ok "and are there" test -s out.sarif -a -s out.xml
ok "and later" "$MF_RUN" report mallocfail-out --format html -o out.html
# shellcheck disable=SC2013 # no spaces in them
for policy in $(grep -o 'policies/[a-z-]*\.json' "$readme" | sort -u); do
    ok "$policy exists and is right" "$MF_RUN" check "$MF_SOURCE/$policy"
done
plan
