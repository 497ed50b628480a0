#!/bin/sh
# SPDX-License-Identifier: MIT
# Explorations of programs with an allocator of their own: where nothing can be made to
# fail, that is told, and is no success.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# refused NAME PATTERN PROGRAM…: nothing is tested, and it is told why.
refused() {
    refused_name=$1 refused_pattern=$2
    shift 2
    says 125 "$refused_pattern" "$refused_name: 125, and why" \
        timeout 20 "$MF_RUN" -o found -- "$@"
    is "$refused_name: there are no results" "$(ls -d found 2>/dev/null)" ''
}

# built NAME OPTION…: a program that uses memory it may not have got.
built() {
    built_name=$1
    shift
    "${CC:-cc}" -g -fno-builtin -o "$built_name" "$MF_SOURCE/tests/targets/explore_victim.c" \
        -pthread "$@" >out 2>err
}

says 125 'allocator re-entry' "a malloc that calls itself without end is diagnosed: 125" \
    timeout 20 "$MF_RUN" -o found -- "$MF_TARGETS/recursive-puts"
rm -rf found

if built static -static -s; then
    refused "a static program without symbols" 'linked statically' ./static null
else
    skip "a static program" "none can be linked here"
fi
for name in jemalloc tcmalloc_minimal mimalloc; do
    if built ./shared -l$name; then
        status_is 1 "$name as a library: its failures are tried" \
            timeout 20 "$MF_RUN" -o found --points all -- ./shared null
        is "$name: and what they break is found" \
            "$(jq -r '.findings[] | select(.defect) |
                "\(.outcome): \(.class) in \(.crash_site.function)"' found/findings.json)" \
            'crashed: null dereference in null'
        is "$name: what ends in its own constructor is said to" \
            "$(jq -r --arg name "lib$name" '.findings[] | select(.defect | not) |
                .crash_site.module | select(startswith($name) | not)' found/findings.json)" ''
        rm -rf found
    else
        skip "$name as a library" "not installed"
    fi
done
plan
