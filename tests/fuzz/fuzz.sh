#!/bin/sh
# SPDX-License-Identifier: MIT
# make fuzz: each fuzzer for FUZZ_SECONDS (default 600) by clang's libFuzzer, under
# AddressSanitizer and UndefinedBehaviorSanitizer. FUZZERS names some of them. Inputs that
# break something are left in the build directory's fuzz/.
# shellcheck disable=SC2086  # flags, libraries and seeds are words, on purpose
set -eu
: "${MF_SOURCE:?run me by make fuzz}" "${FUZZ_FLAGS?}" "${FUZZ_OBJECTS:?}" "${FUZZ_LIBS:?}"
seconds=${FUZZ_SECONDS:-600}
# From the names of make's objects to those of the sources.
sources=$(printf '%s\n' $FUZZ_OBJECTS | sed "s|/lib[a-z]*_a-|/|; s|\.o$|.c|; s|^|$MF_SOURCE/|")
mkdir -p fuzz && cd fuzz
for fuzzer in ${FUZZERS:-policy channel}; do
	clang -g -O1 -std=gnu17 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-D_GNU_SOURCE -DMF_LIBRARY='"none"' -DMF_POLICIES='"none"' -DPACKAGE_VERSION='"fuzz"' \
		-I"$MF_SOURCE/src" -I"$MF_SOURCE/tests" $FUZZ_FLAGS -o "fuzz_$fuzzer" \
		"$MF_SOURCE/tests/fuzz/fuzz_$fuzzer.c" $sources $FUZZ_LIBS
	mkdir -p "corpus_$fuzzer"
	seeds=$MF_SOURCE/tests/fuzz/corpus/$fuzzer
	[ "$fuzzer" != policy ] || seeds="$MF_SOURCE/tests/policies/valid $MF_SOURCE/tests/policies/invalid"
	printf '%s: ' "$fuzzer"
	"./fuzz_$fuzzer" -max_total_time="$seconds" -max_len=65536 -timeout=25 -print_final_stats=1 \
		"corpus_$fuzzer" $seeds >"$fuzzer.log" 2>&1 || {
		tail -n 40 "$fuzzer.log"
		exit 1
	}
	awk '/number_of_executed_units/ { print $2 " inputs in '"$seconds"' s, no crash" }' "$fuzzer.log"
done
