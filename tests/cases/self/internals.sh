#!/bin/sh
# SPDX-License-Identifier: MIT
# doc/INTERNALS names functions: each is in the file that it says. The files that the recipes
# of CONTRIBUTING name are there.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# defines FILE FUNCTION: a definition begins at the edge of a line, and does not end there.
defines() {
    grep -E "^[A-Za-z_].*[ *]$2\(|^$2\(" "$1" 2>/dev/null | grep -qv ';$'
}

cd "$MF_SOURCE/src" || exit 1
hops=$(grep -oE '[a-z_]+(/[a-z0-9_]+)+\.[ch]:[a-z0-9_]+' ../doc/INTERNALS)
ok "there are hops" test "$(echo "$hops" | wc -l)" -ge 40
is "each hop's function is in its file" "$(echo "$hops" | sort -u | while IFS=: read -r file name; do
    defines "$file" "$name" || echo "$file:$name"
done)" ''
ok "a function that is gone is seen" eval '! defines preload/policy/gate.c mf_gate_gone'
ok "so is one that is only called there" eval '! defines preload/policy/gate.c mf_startup_stage'

cd .. || exit 1
paths=$(grep -oE '(src|tests|policies|man|completions|doc)/[A-Za-z0-9_./-]+[A-Za-z0-9]' CONTRIBUTING |
    grep -v 'NAME' | sort -u)
ok "CONTRIBUTING names files" test "$(echo "$paths" | wc -l)" -ge 40
is "and each is there" "$(echo "$paths" | while read -r path; do
    [ -e "$path" ] || [ -e "$path.c" ] || echo "$path"
done)" ''
plan
