#!/bin/sh
# SPDX-License-Identifier: MIT
# make fuzz: each fuzzer for FUZZ_SECONDS (default 600) by clang's libFuzzer, under
# AddressSanitizer and UndefinedBehaviorSanitizer. FUZZERS names some of them. Ends with a
# line for each, and fails where one broke something: what did it is left in the build
# directory's fuzz/, as FUZZER-crash-..., -timeout-..., -oom-... or -leak-... Tables that a
# hostile count would have read to their end are smaller than in the program.
# shellcheck disable=SC2086,SC2089,SC2090,SC3013  # flags, libraries and seeds are words, on purpose; -nt is everywhere
set -eu
: "${MF_SOURCE:?run me by make fuzz}" "${FUZZ_FLAGS?}" "${FUZZ_OBJECTS:?}" "${FUZZ_LIBS:?}"
seconds=${FUZZ_SECONDS:-600}
flags="-g -O2 -std=gnu17 -fsanitize=address,undefined -fno-sanitize-recover=all
	-D_GNU_SOURCE -DMF_LIBRARY=\"none\" -DMF_LIBRARY_FOLDER=\"none\" -DMF_DATA_FOLDER=\"none\" -DPACKAGE_VERSION=\"fuzz\"
	-DMF_PROCESSES_MAX=32 -DMF_JOURNAL_MAX=128 -DMF_JOURNAL_KEPT=64 -DMF_MODULES_MAX=16
	-DMF_TRACE_STACKS_MAX=1024 -DRECORDS_MAX=4096 -DROOM_FIRST=16
	-I$MF_SOURCE/src -I$MF_SOURCE/tests $FUZZ_FLAGS"
mkdir -p fuzz/objects && cd fuzz

# Once for all fuzzers, and anew where any source or header has changed.
if [ -z "$(find "$MF_SOURCE/src" "$MF_SOURCE/tests/fuzz" \( -name '*.[ch]' -o -name fuzz.sh \) \
	-newer objects/stamp 2>&1)" ]; then
	compiled=1
else
	compiled=
	rm -f objects/*
fi

# compile SOURCE OBJECT
compile() {
	if [ -z "$compiled" ] || [ ! -f "$2" ]; then
		clang $flags -fsanitize=fuzzer-no-link -c -o "$2" "$1"
	fi
}

objects=
for object in $FUZZ_OBJECTS; do
	# From the names of make's objects to those of the sources.
	source=$(echo "$object" | sed 's|/lib[a-z]*_a-|/|; s|^src/||; s|\.o$||')
	copy=objects/$(echo "$source" | tr / _).o
	compile "$MF_SOURCE/src/$source.c" "$copy"
	objects="$objects $copy"
done
touch objects/stamp

# build FUZZER
build() {
	own=
	for part in "fuzz_$1" scribble; do
		compile "$MF_SOURCE/tests/fuzz/$part.c" "objects/tests_$part.o"
		own="$own objects/tests_$part.o"
	done
	clang $flags -fsanitize=fuzzer -o "fuzz_$1" $own $objects $FUZZ_LIBS
}

# run FUZZER: with its log on the standard output.
run() {
	seeds=$MF_SOURCE/tests/fuzz/corpus/$1
	[ "$1" != policy ] || seeds="$MF_SOURCE/tests/policies/valid $MF_SOURCE/tests/policies/invalid"
	# A scribble has 16 bytes, and no more than 256 of them count. Large inputs say no more
	# than small ones, and take their time; a policy's length has a limit of its own.
	most=16384
	case $1 in
	channel | explore) most=4096 ;;
	policy) most=70000 ;;
	esac
	dict=
	[ ! -f "$MF_SOURCE/tests/fuzz/$1.dict" ] || dict=-dict=$MF_SOURCE/tests/fuzz/$1.dict
	mkdir -p "corpus_$1"
	"./fuzz_$1" -max_total_time="$seconds" -max_len=$most $dict -timeout=20 -rss_limit_mb=2048 \
		-print_final_stats=1 -close_fd_mask=3 -artifact_prefix="$1-" "corpus_$1" $seeds
}

# say FUZZER BEGIN END STATUS: what came of it, from its log.
say() {
	awk -v name="$1" -v took=$(($3 - $2)) -v status="$4" '
		/^#[0-9]+/ { runs = substr($1, 2) }
		/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
		/^stat::number_of_executed_units:/ { runs = $2 }
		/ Test unit written to / { broke = broke " " $NF }
		END {
			printf "%s: %d executions in %d s (%d/s), coverage %d, ", name, runs, took,
				runs / (took ? took : 1), cov
			print broke ? "BROKEN by" broke : status ? "FAILED with " status : "no crash"
		}' "$1.log"
}

failed=0
for fuzzer in ${FUZZERS:-policy channel explore trace findings}; do
	build "$fuzzer"
	begin=$(date +%s)
	status=0
	run "$fuzzer" >"$fuzzer.log" 2>&1 || status=$?
	say "$fuzzer" "$begin" "$(date +%s)" "$status"
	[ "$status" -eq 0 ] || failed=1
done
[ "$failed" -eq 0 ] || echo "the logs are in $PWD" >&2
exit "$failed"
