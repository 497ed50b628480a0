#!/bin/sh
# SPDX-License-Identifier: MIT
# make coverage: runs the tests, and tells which lines of core and runner they did not run.
set -eu
: "${MF_SOURCE:?run me by make coverage}" "${MAKE:?}"
build=$PWD
folders='src/core src/runner'

die() {
	echo "coverage: $*" >&2
	exit 1
}

command -v gcovr >/dev/null || die "gcovr is not installed"
find "$build" -name '*.gcda' -delete
status=0
nice -n 19 "$MAKE" check >coverage.log 2>&1 || status=$?
[ -n "$(find "$build" -name '*.gcda' | head -n 1)" ] ||
	die "nothing was counted: configure with --enable-coverage, and see coverage.log"

# Its lines: FILE LINES RUN PERCENT% MISSING, once for each file.
cd "$MF_SOURCE"
gcovr --object-directory "$build" --filter src/core/ --filter src/runner/ \
	--output "$build/coverage.txt" "$build"
cd "$build"
awk '$4 ~ /%$/ && NF > 4 { print $1 ": " $5 }' coverage.txt >uncovered.txt
for folder in $folders; do
	awk -v folder="$folder/" '
		index($1, folder) == 1 { lines += $2; run += $3 }
		END { printf "%-12s%5.1f %% of %d lines\n", folder, run * 100 / lines, lines }' coverage.txt
done
echo "The least covered:"
awk '$4 ~ /%$/ && $1 != "TOTAL" { printf "%5.1f %%  %s\n", $3 * 100 / $2, $1 }' coverage.txt |
	sort -n | head -n 12
echo "What is not covered: $build/uncovered.txt"
[ $status -eq 0 ] || echo "Not all tests passed: see $build/coverage.log"
exit $status
