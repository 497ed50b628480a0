#!/bin/sh
# SPDX-License-Identifier: MIT
# How many failures an exploration tries per second, over a plain loop of fresh processes with
# as many at once; all points, one failure each. Medians of ROUNDS rounds, in turns.
# MF_RUN, MF_LIB, MF_LOOP and MF_LATE name the programs; ROUNDS and JOBS may be set.
set -eu
: "${MF_RUN:?run me by make bench-explore}" "${MF_LIB:?}" "${MF_LOOP:?}" "${MF_LATE:?}"
rounds=${ROUNDS:-5}
jobs=${JOBS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# explore PROGRAM...: failures per second, from the exploration's own results
explore() {
	begin=$(date +%s%N)
	"$MF_RUN" -q --jobs "$jobs" --points all --mode once -o out "$@" >/dev/null 2>err </dev/null || :
	end=$(date +%s%N)
	tried=$(jq '[.outcomes[]] | add' out/findings.json)
	rm -rf out
	echo "$tried $((end - begin))" | awk '{ printf "%.1f\n", $1 * 1e9 / $2 }'
}

# compare NAME WANTED COUNT PROGRAM...: the loop tries the first COUNT allocations
compare() {
	name=$1 wanted=$2 count=$3
	shift 3
	round=0
	while [ "$round" -lt "$rounds" ]; do
		loop=$("$MF_LOOP" "$jobs" "$count" "$MF_LIB" "$@")
		ours=$(explore "$@")
		echo "$loop $ours" | awk '{ print $2 / $1, $1, $2 }'
		round=$((round + 1))
	done | sort -n | awk -v name="$name" -v wanted="$wanted" '
		{ ratio[NR] = $1; loop[NR] = $2; ours[NR] = $3 }
		END {
			m = int((NR + 1) / 2)
			printf "%-22s %6.1f/s  loop %6.1f/s  ratio %5.2f  (%.2f to %.2f)  wanted >= %s\n",
				name, ours[m], loop[m], ratio[m], ratio[1], ratio[NR], wanted
		}'
}

echo "$jobs at once"
compare "sqlite3 .tables" 4.5 400 sqlite3 :memory: .tables
compare "25 ms of work first" 14 60 "$MF_LATE" 6350
printf '{"a":[1,2,3]}\n' >in.json
begin=$(date +%s%N)
"$MF_RUN" -q --jobs "$jobs" --points all --mode once -o out jq . in.json >/dev/null 2>&1 || :
end=$(date +%s%N)
tried=$(jq '[.outcomes[]] | add' out/findings.json)
echo "$tried $((end - begin))" |
	awk '{ printf "jq, all points: %d failures in %.2f s, wanted <= 6 s for 8,000\n", $1, $2 / 1e9 }'
