#!/bin/sh
# SPDX-License-Identifier: MIT
# A finding is told in one way: as it is found, and later out of what was written.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_victim
leaker=$MF_TARGETS/leaker
pages=$MF_TARGETS/pages_victim
verbose=

# python3 with jsonschema; empty where there is none.
for validator in python3 /usr/bin/python3 ''; do
    "${validator:-true}" -c 'import jsonschema' 2>/dev/null && break
done

# findings: of a text on standard input, what is told of findings.
findings() {
    sed -nE '/^mallocfail: (aborted|crashed|ended by|hung|leaked|silent)/,$p' |
        grep -vE '^mallocfail: [0-9]+ defect|^$'
}

# keep DOCUMENT: for the schema, which takes long to be read.
kept=0
keep() {
    kept=$((kept + 1))
    cp "$1" "kept.$kept.json"
}

# explored DESCRIPTION OPTION… -- PROGRAM…: an exploration's text and its results' are one.
explored() {
    explored_what=$1
    shift
    rm -rf found
    "$MF_RUN" explore $verbose -o found "$@" >out 2>live
    findings <live >live.findings
    "$MF_RUN" report $verbose found 2>&1 | findings >late.findings
    same "$explored_what" live.findings late.findings
    keep found/findings.json
}

# ran DESCRIPTION OPTION… -- PROGRAM…: the same of a run and its JSON.
ran() {
    ran_what=$1
    shift
    rm -f run.json
    "$MF_RUN" run --report json:run.json "$@" >out 2>live
    findings <live >live.findings
    "$MF_RUN" report run.json 2>&1 | findings >late.findings
    same "$ran_what" live.findings late.findings
    [ -f run.json ] || diag "no JSON was written" "$(cat live)"
    keep run.json
}

explored "a crash" -- "$victim" null
explored "a crash where all fail from one on" -- "$victim" persistent
explored "a crash where two fail" --mode pairs -- "$victim" pairs
explored "wrong output" -- "$victim" wrong
explored "a hang" --mode once --timeout 300ms -- "$victim" hang
explored "output without end" --mode once -- "$victim" runaway
explored "an abort" -- "$victim" abort
explored "an abort that counts" --aborts -- "$victim" abort
explored "a misused block" --allocator pages -- "$pages" on-error-path
like "with who freed it" "$(cat late.findings)" '^    freed   by thread '
explored "blocks that are left" --mode once --leaks -- "$leaker" copies
explored "many of them" --mode once --leaks -- "$leaker" many
like "of which not all are told" "$(cat late.findings)" '^    \.\.\. and 4 more blocks$'
verbose=-v
explored "all frames" -- "$victim" null
verbose=
ran "a run that breaks" --policy "$(rule '"nth":1')" -- "$victim" null
# Of 8 MiB of stack the JSON has 43 MB, which takes a validator ten seconds.
# shellcheck disable=SC3045 # It is there wherever this runs.
stack=$(ulimit -Ss) && ulimit -Ss 512
ran "a recursion" --policy "$(rule '"from":1')" -- "$MF_TARGETS/diag_ends" recursion
# shellcheck disable=SC3045
ulimit -Ss "$stack"
ran "a block that was freed" --allocator pages -- "$pages" use-after-free
ran "one that a child misuses" --allocator pages -- "$pages" in-child
if [ -n "$validator" ]; then
    schema=$MF_SOURCE/schemas/findings.schema.json
    is "each JSON is valid" "$("$validator" "$MF_SOURCE/tests/validate.py" "$schema" kept.*.json 2>&1)" ''
    is "the schema knows all of each" "$("$validator" "$MF_SOURCE/tests/validate.py" --unknown \
        "$schema" kept.*.json 2>&1)" ''
else
    skip "each JSON is valid" "no python3-jsonschema"
fi
plan
