#!/bin/sh
# SPDX-License-Identifier: MIT
# What an armed policy that never fires costs a program with an allocator inside, whose entries
# are patched: each in turns without and with mallocfail, ROUNDS times; prints the median of the
# ratios, pair by pair. Those that cannot be built here are left out, and named.
# MF_RUN is mallocfail, MF_SOURCE the sources; ROUNDS, PAIRS and CC may be set.
set -eu
: "${MF_RUN:?run me by make bench-inside}" "${MF_SOURCE:?run me by make bench-inside}"
rounds=${ROUNDS:-11}
pairs=${PAIRS:-4000000}
policy='{"version": 1, "rules": [{"nth": 1000000000000}]}'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# median RATIOS... on stdin, one a line
median() {
	sort -n | awk '{ a[NR] = $1 } END { printf "%.3f  (%.3f to %.3f)\n", a[int((NR + 1) / 2)], a[1], a[NR] }'
}

# compare NAME LIMIT COMPILER OPTION...
compare() {
	name=$1 limit=$2
	shift 2
	if ! "$@" -std=gnu17 -O2 -fno-builtin -w -o "$work/churn" -pthread 2>/dev/null; then
		printf '%-22s cannot be built here\n' "$name"
		return
	fi
	for threads in 1 2; do
		round=0
		while [ "$round" -lt "$rounds" ]; do
			plain=$("$work/churn" pair $threads "$pairs")
			ours=$("$MF_RUN" -q --policy "$policy" "$work/churn" pair $threads "$pairs")
			echo "$plain $ours" | awk '{ print $2 / $1 }'
			round=$((round + 1))
		done | median | {
			read -r ratio range
			printf '%-22s %s  %s  %s  wanted <= %s\n' "$name" "$threads" "$ratio" "$range" "$limit"
		}
	done
}

cc=${CC:-cc}
source=$MF_SOURCE/bench/churn.c
echo "load: $(cut -d ' ' -f 1 /proc/loadavg)"
echo "allocator      threads  ratio  (range)  over the plain pair of that allocator"
compare jemalloc 1.15 "$cc" "$source" -l:libjemalloc.a -lstdc++ -lm -ldl
compare tcmalloc 1.15 "$cc" "$source" -l:libtcmalloc_minimal.a -lstdc++ -lm -ldl
compare AddressSanitizer 1.15 clang -fsanitize=address "$source"
compare ThreadSanitizer 1.15 clang -fsanitize=thread "$source"
