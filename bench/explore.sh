#!/bin/sh
# SPDX-License-Identifier: MIT
# How many failures an exploration tries per second, over two loops of fresh processes with
# as many at once: "shell" is what one would write for want of an explorer (loop.sh), "lean"
# the least that any loop can do (loop.c: it spawns and waits, and looks at nothing). All
# points, in the usual modes: each fails alone, and with all that follow, of which the
# explorer can tell some without a run; so the first mode is measured by itself, too.
# Medians of ROUNDS rounds, in turns; the best and the worst ratio.
# MF_RUN, MF_LIB, MF_LOOP, MF_SHELL_LOOP, MF_LATE and MF_HEAP name the programs; ROUNDS and
# JOBS may be set, and OLD to the mallocfail of another build, which then takes its turn.
set -eu
: "${MF_RUN:?run me by make bench-explore}" "${MF_LIB:?}" "${MF_LOOP:?}" "${MF_LATE:?}"
: "${MF_SHELL_LOOP:?}" "${MF_HEAP:?}"
rounds=${ROUNDS:-5}
jobs=${JOBS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# all RUN MODES PROGRAM...: how many failures an exploration tries, and how long it takes, in ns
all() {
	run=$1
	shift
	begin=$(date +%s%N)
	"$run" -q --jobs "$jobs" --points all -o out --mode "$@" >/dev/null 2>err </dev/null || :
	end=$(date +%s%N)
	echo "$(jq '[.outcomes[]] | add' out/findings.json) $((end - begin))"
	rm -rf out
}

# explore RUN MODES PROGRAM...: failures per second
explore() {
	all "$@" | awk '{ printf "%.1f\n", $1 * 1e9 / $2 }'
}

# compare NAME LOOP WANTED COUNT PROGRAM...: the loops try the first COUNT allocations; WANTED
# is what is wanted over LOOP
compare() {
	name=$1 wanted="$3 x the $2 loop" count=$4
	shift 4
	round=0
	while [ "$round" -lt "$rounds" ]; do
		shell=$("$MF_SHELL_LOOP" "$jobs" "$count" "$MF_LIB" "$@")
		lean=$("$MF_LOOP" "$jobs" "$count" "$MF_LIB" "$@")
		before=
		[ -z "${OLD:-}" ] || before=$(explore "$OLD" once,persistent "$@")
		echo "$shell $lean $(explore "$MF_RUN" once,persistent "$@")" \
			"$(explore "$MF_RUN" once "$@") $before"
		round=$((round + 1))
	done >rates
	awk '{ print $3 }' rates | sort -n | awk -v name="$name" -v wanted="$wanted" '
		{ ours[NR] = $1 }
		END {
			m = int((NR + 1) / 2)
			printf "%s: %.1f/s, wanted >= %s\n", name, ours[m], wanted
		}'
	ratio shell 1 3 ""
	ratio lean 2 3 ""
	ratio shell 1 4 ", each allocation failing alone only"
	[ -z "${OLD:-}" ] || ratio shell 1 5 ", by the other build"
}

# ratio LOOP COLUMN OURS WORDS: ours over a loop's, by the rounds
ratio() {
	awk -v column="$2" -v ours="$3" '{ print $ours / $column, $column }' rates | sort -n |
		awk -v loop="$1" -v words="$4" '
		{ ratio[NR] = $1; rate[NR] = $2 }
		END {
			m = int((NR + 1) / 2)
			printf "  %5.2f x the %-5s loop (%.2f to %.2f), which makes %.1f/s%s\n",
				ratio[m], loop, ratio[1], ratio[NR], rate[m], words
		}'
}

echo "$jobs at once"
compare "sqlite3 .tables" shell 6 400 sqlite3 :memory: .tables
compare "25 ms of work first" shell 60 60 "$MF_LATE" 6350

# once NAME WANTED PROGRAM...: the time of one pass, and that of the other build
once() {
	name=$1 wanted=$2
	shift 2
	all "$MF_RUN" once "$@" | awk -v name="$name" -v wanted="$wanted" '
		{ printf "%s: %d failures in %.2f s, wanted <= %s\n", name, $1, $2 / 1e9, wanted }'
	[ -z "${OLD:-}" ] || all "$OLD" once "$@" | awk '
		{ printf "  %d failures in %.2f s by the other build\n", $1, $2 / 1e9 }'
}

printf '{"a":[1,2,3]}\n' >in.json
once "jq, all points" "6 s for 8,000" jq . in.json
once "a heap of 1 GB" "20 s" "$MF_HEAP" 1024 2000 16 16
