#!/bin/sh
# SPDX-License-Identifier: MIT
# What the page allocator costs, beside Electric Fence where that is installed: in turns,
# ROUNDS times; prints the medians of the ratios over the plain program.
# MF_RUN is mallocfail, MF_CHURN the microbenchmark; ROUNDS and BLOCKS may be set.
set -eu
: "${MF_RUN:?run me by make bench}" "${MF_CHURN:?run me by make bench}"
rounds=${ROUNDS:-11}
blocks=${BLOCKS:-20000}
fence=
for file in /usr/lib/libefence.so.0 /usr/lib/*/libefence.so.0; do
	[ -f "$file" ] && fence=$file
done

# one WHO THREADS: nanoseconds for a block, allocated and freed.
one() {
	case $1 in
	plain) "$MF_CHURN" mixed "$2" "$blocks" ;;
	pages*) "$MF_RUN" run -q --allocator "$1" -- "$MF_CHURN" mixed "$2" "$blocks" ;;
	fence) LD_PRELOAD=$fence EF_DISABLE_BANNER=1 "$MF_CHURN" mixed "$2" "$blocks" ;;
	freed) LD_PRELOAD=$fence EF_DISABLE_BANNER=1 EF_PROTECT_FREE=1 "$MF_CHURN" mixed "$2" "$blocks" ;;
	esac 2>/dev/null
}

# compare NAME WHO THREADS
compare() {
	round=0
	while [ "$round" -lt "$rounds" ]; do
		echo "$(one plain "$3") $(one "$2" "$3")"
		round=$((round + 1))
	done | awk '{ print $2 / $1, $2 }' | sort -n | awk -v name="$1" -v threads="$3" '
		{ ratio[NR] = $1; ns[NR] = $2 }
		END {
			middle = int((NR + 1) / 2)
			printf "%-28s %s  %8.0f  (%.0f to %.0f)  %6.0f ns\n", name, threads,
				ratio[middle], ratio[1], ratio[NR], ns[middle]
		}'
}

echo "allocator                threads     ratio  (range)  over the plain program; one block"
for threads in 1 2; do
	compare pages pages "$threads"
	compare pages:1 pages:1 "$threads"
	if [ "$fence" ]; then
		compare 'electric-fence' fence "$threads"
		compare 'electric-fence PROTECT_FREE' freed "$threads"
	fi
done
[ "$fence" ] || echo "electric-fence is not installed"
