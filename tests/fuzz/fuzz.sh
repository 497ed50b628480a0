#!/bin/sh
# SPDX-License-Identifier: MIT
# make fuzz: each fuzzer for FUZZ_SECONDS (default 600) by clang's libFuzzer, under
# AddressSanitizer and UndefinedBehaviorSanitizer. FUZZERS names some of them. Inputs that
# break something are left in the build directory's fuzz/.
# shellcheck disable=SC2086,SC2089,SC2090,SC3013  # flags, libraries and seeds are words, on purpose; -nt is everywhere
set -eu
: "${MF_SOURCE:?run me by make fuzz}" "${FUZZ_FLAGS?}" "${FUZZ_OBJECTS:?}" "${FUZZ_LIBS:?}"
seconds=${FUZZ_SECONDS:-600}
flags="-g -O2 -std=gnu17 -fsanitize=address,undefined -fno-sanitize-recover=all
	-D_GNU_SOURCE -DMF_LIBRARY=\"none\" -DMF_LIBRARY_FOLDER=\"none\" -DMF_POLICIES=\"none\" -DPACKAGE_VERSION=\"fuzz\"
	-I$MF_SOURCE/src -I$MF_SOURCE/tests $FUZZ_FLAGS"
mkdir -p fuzz/objects && cd fuzz

# Once for all fuzzers, and anew where any source or header has changed.
if [ -z "$(find "$MF_SOURCE/src" "$MF_SOURCE/tests/fuzz" -name '*.[ch]' -newer objects/stamp 2>&1)" ]; then
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
for fuzzer in ${FUZZERS:-policy channel explore trace findings}; do
	own=
	for part in "fuzz_$fuzzer" scribble; do
		compile "$MF_SOURCE/tests/fuzz/$part.c" "objects/tests_$part.o"
		own="$own objects/tests_$part.o"
	done
	clang $flags -fsanitize=fuzzer -o "fuzz_$fuzzer" $own $objects $FUZZ_LIBS
	mkdir -p "corpus_$fuzzer"
	seeds=$MF_SOURCE/tests/fuzz/corpus/$fuzzer
	[ "$fuzzer" != policy ] || seeds="$MF_SOURCE/tests/policies/valid $MF_SOURCE/tests/policies/invalid"
	# A scribble has 16 bytes, and no more than 256 of them count.
	most=65536
	case $fuzzer in channel | explore) most=4096 ;; esac
	printf '%s: ' "$fuzzer"
	"./fuzz_$fuzzer" -max_total_time="$seconds" -max_len=$most -timeout=100 -print_final_stats=1 \
		-rss_limit_mb=4096 "corpus_$fuzzer" $seeds >"$fuzzer.log" 2>&1 || {
		tail -n 40 "$fuzzer.log"
		exit 1
	}
	awk '/number_of_executed_units/ { print $2 " inputs in '"$seconds"' s, no crash" }' "$fuzzer.log"
done
