#!/bin/sh
# SPDX-License-Identifier: MIT
# Arguments that are not UTF-8, output that is large: results that are there, and come back.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/not_utf8
odd=$(printf 'a\377b')

for strategy in in-place fresh; do
    says 1 '1 defect.*results in found' "$strategy: an argument that is not UTF-8" \
        "$MF_RUN" explore --strategy $strategy -o found -- "$victim" "$odd" 'ä'
    is "$strategy: text where it can be read, bytes where not" \
        "$(jq -c '.arguments[1:], .arguments_bytes' found/findings.json | tr '\n' ' ')" \
        '["a?b","ä"] [null,"61ff62",null] '
    says 0 'the same finding came back' "$strategy: replay gives it the same bytes" \
        "$MF_RUN" replay found/reproducers/*.json
    rm -rf found
done
"$MF_RUN" explore -q -o found -- "$victim" "$odd" >out 2>err
like "a report shows the bytes as a shell takes them" "$("$MF_RUN" report found 2>&1)" "\\\$'a\\\\377b'"
says 125 '.' "other bytes are another program" \
    "$MF_RUN" explore -q --resume found -o found -- "$victim" "a?b"
rm -rf found
touch "$odd"
status_is 1 "an input that is not UTF-8" \
    "$MF_RUN" explore -q --input "$odd" -o found -- "$victim" "$odd"
says 0 'the same finding came back' "is found again by a replay" \
    "$MF_RUN" replay found/reproducers/*.json
rm -rf found
"$MF_RUN" explore -q -o found -- "$victim" plain >out 2>err
is "plain arguments have no bytes beside them" \
    "$(jq -c 'has("arguments_bytes")' found/findings.json)" false
rm -rf found

cp "$victim" "prog$odd"
says 1 '1 defect' "a module whose name is not UTF-8 is chosen" \
    "$MF_RUN" explore -o found --only-module "prog$odd" -- "./prog$odd" "$odd"
rm -rf found "prog$odd"

big=$MF_TARGETS/big_output
for strategy in in-place fresh; do
    says 0 '0 defects' "$strategy: 80 MiB of output are no fault" \
        "$MF_RUN" explore --strategy $strategy -o found -- "$big"
    rm -rf found
done
says 1 '1 defect' "80 MiB of output before a crash" \
    "$MF_RUN" explore -o found -- "$big" c
says 0 'the same finding came back' "and it comes back" \
    "$MF_RUN" replay found/reproducers/*.json
is "it may write what the exploration's runs might" \
    "$(jq '.reproduces.run.file_max' found/reproducers/*.json)" 268435456
rm -rf found
# limited COMMAND…: where no file may have more than 200 KiB.
limited() {
    # shellcheck disable=SC2016 # for the other shell
    sh -c 'ulimit -f 400; exec "$@"' sh "$@"
}
for strategy in in-place fresh; do
    says 1 '1 defect' "$strategy: a low limit on files" \
        limited "$MF_RUN" explore --strategy $strategy -o found -- "$victim" "$odd"
    says 0 'the same finding came back' "$strategy: it comes back, with it" \
        limited "$MF_RUN" replay found/reproducers/*.json
    rm -rf found
done
is "the program has the user's limit" \
    "$(limited "$MF_RUN" -q --policy '{"version": 1, "rules": []}' -- sh -c 'ulimit -f')" \
    "$(limited sh -c 'ulimit -f')"

plan
