#!/bin/sh
# SPDX-License-Identifier: MIT
# What an armed policy that never fires costs: each case in turns without and with
# mallocfail, ROUNDS times; prints the median of the ratios, pair by pair.
# MF_RUN is mallocfail, MF_CHURN the microbenchmark; ROUNDS and PAIRS may be set.
set -eu
: "${MF_RUN:?run me by make bench}" "${MF_CHURN:?run me by make bench}"
rounds=${ROUNDS:-11}
pairs=${PAIRS:-4000000}

# median RATIOS... on stdin, one a line
median() {
	sort -n | awk '{ a[NR] = $1 } END { printf "%.3f  (%.3f to %.3f)\n", a[int((NR + 1) / 2)], a[1], a[NR] }'
}

# compare NAME RULE LIMIT KIND THREADS
compare() {
	policy="{\"version\": 1, \"rules\": [$2]}"
	round=0
	while [ "$round" -lt "$rounds" ]; do
		plain=$("$MF_CHURN" "$4" "$5" "$pairs")
		ours=$("$MF_RUN" -q --policy "$policy" "$MF_CHURN" "$4" "$5" "$pairs")
		echo "$plain $ours" | awk '{ print $2 / $1 }'
		round=$((round + 1))
	done | median | {
		read -r ratio range
		printf '%-18s %-6s %s  %s  %s  wanted <= %s\n' "$1" "$4" "$5" "$ratio" "$range" "$3"
	}
}

far=1000000000000
echo "policy             work   threads  ratio  (range)  over the plain program"
compare nth '{"nth": '$far'}' 1.10 pair 1
compare nth '{"nth": '$far'}' 1.12 pair 2
compare nth '{"nth": '$far'}' 1.12 pair 4
compare nth '{"nth": '$far'}' 1.06 mixed 1
compare nth '{"nth": '$far'}' 1.06 mixed 2
compare nth '{"nth": '$far'}' 1.06 mixed 4
compare above_size '{"above_size": 1000000000}' 1.15 pair 1
compare functions '{"functions": ["calloc"]}' 1.15 pair 1
compare after_ms '{"after_ms": 100000000}' 1.15 pair 1
compare caller.module '{"caller": {"module": "libxml2.so*"}}' 1.30 pair 1
compare probability '{"probability": 0.0000000001}' 1.50 pair 1
compare stack.function '{"stack": {"function": "no_such_*"}}' 3.00 pair 1
