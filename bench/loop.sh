#!/bin/sh
# SPDX-License-Identifier: MIT
# What one would write who has no explorer: a shell that runs a program again and again,
# each time with another policy, some at once, output kept and status looked at. It fails
# each of COUNT allocations alone, and with all that follow. Prints failures tried per
# second. Usage: loop.sh JOBS COUNT LIBRARY PROGRAM [ARGUMENT...]
set -eu
jobs=$1 count=$2 library=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
begin=$(date +%s%N)
# shellcheck disable=SC2016 # the inner shell expands it
for which in nth from; do
	seq -f "$which\":%.0f" "$count"
done | xargs -d '\n' -P "$jobs" -I {} sh -c '
	out=$1/$2
	policy="{\"version\":1,\"rules\":[{\"$2}]}"
	library=$3
	shift 3
	MALLOCFAIL_POLICY=$policy LD_PRELOAD=$library "$@" >"$out" 2>&1 </dev/null
	status=$?
	[ "$status" -lt 128 ] || echo "$out: status $status" >>"${out%/*}/crashes"
' sh "$work" {} "$library" "$@"
end=$(date +%s%N)
echo "$((2 * count)) $((end - begin))" | awk '{ printf "%.1f\n", $1 * 1e9 / $2 }'
