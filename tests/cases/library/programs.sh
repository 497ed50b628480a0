#!/bin/sh
# SPDX-License-Identifier: MIT
# Real programs under a policy that never fires are themselves, byte for byte.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

unset LD_LIBRARY_PATH
TZ=UTC
export TZ
seq 1 2000 >numbers
awk 'BEGIN { print "["; for (i = 1; i < 300; i++) printf "{\"n\":%d,\"s\":\"x%d\"},\n", i, i;
    print "{}]" }' >data.json
printf '<?xml version="1.0"?>\n<a><b c="1">text</b><b/></a>\n' >data.xml
printf '%%%%\n[a-z]+ { return 1; }\n%%%%\n' >scan.l
mkdir tree
cp numbers data.json tree

# itself PROGRAM ARGUMENT…: output, messages and status are those of a plain run.
itself() {
    itself_what=$1
    if ! have "$1"; then
        skip "$1" "not installed"
        return
    fi
    "$@" >out.plain 2>err.plain <numbers
    echo "status $?" >>out.plain
    under "$NEVER" "$@" >out.runner 2>err.runner <numbers
    echo "status $?" >>out.runner
    alone "$NEVER" "$@" >out.alone 2>err.alone <numbers
    echo "status $?" >>out.alone
    cat out.plain err.plain >plain
    cat out.runner err.runner >runner
    cat out.alone err.alone >alone
    if cmp -s plain runner && cmp -s plain alone; then
        pass "$itself_what"
    else
        fail "$itself_what"
        diag "by the runner" "$(diff -a plain runner | head)"
        diag "with the library alone" "$(diff -a plain alone | head)"
    fi
}

itself jq '.[].n' data.json
itself jq nonsense data.json
itself sqlite3 :memory: 'create table t(a); insert into t values(1),(2); select sum(a) from t;'
itself sqlite3 :memory: 'select nothing;'
itself lua5.4 -e 'local t = {} for i = 1, 5000 do t[i] = ("x"):rep(i % 50) end print(#t)'
itself git --no-pager diff --no-index --stat numbers data.json
itself python3 -c 'import json; print(len(json.dumps(list(range(2000)))))'
itself xmllint --format data.xml
itself flex -t scan.l
itself file numbers data.xml data.json
itself curl --version
itself bash -c 'for i in {1..50}; do x=$(echo $i); done; echo $x; false'
itself gawk '{ s += $1; a[$1] = $1 } END { print s, length(a) }'
itself perl -ne '$h{$_}++; END { print scalar keys %h, "\n"; exit 5 }'
itself tar -cf - --mtime=@0 --sort=name --owner=0 --group=0 tree
itself sort -rn
itself grep -c 7
itself grep -nE '(1|2)+5' numbers missing
itself bc -q numbers
itself sh -c 'printf "%s\n" a b | sort -r; exit 9'
itself date -d @0
itself find tree -name '*.json'
itself sed -n '5,9p'
itself make --version
itself diff numbers data.json
itself xz -c numbers
itself gdb --version
itself g++ --version
plan
