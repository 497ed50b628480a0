#!/bin/sh
# SPDX-License-Identifier: MIT
# make analyse: the sources under gcc's -fanalyzer, clang-tidy, clang's static analyser (by
# clang-tidy) and cppcheck. ANALYSERS names some of them. What they find and is none is told in analyse.exceptions, with the
# reason; the rest is printed, and the end is a failure.
# shellcheck disable=SC2046,SC2086,SC2089,SC2090  # flags are words, on purpose
set -eu
: "${MF_SOURCE:?run me by make analyse}" "${ANALYSE_FLAGS?}" "${ANALYSE_OBJECTS:?}"
work=$PWD/analyse
mkdir -p "$work" && cd "$MF_SOURCE"
flags="-std=gnu17 -D_GNU_SOURCE -DMF_LIBRARY=\"none\" -DMF_LIBRARY_FOLDER=\"none\" -DMF_DATA_FOLDER=\"none\" -DPACKAGE_VERSION=\"0\"
	-Isrc -Itests -Iinclude $ANALYSE_FLAGS"
export FLAGS="$flags"
# From the names of make's objects to those of the sources; what make writes is none.
sources=$(printf '%s\n' $ANALYSE_OBJECTS | sed 's|/lib[a-z]*_[a-z]*-|/|; s|\.o$|.c|; /html_css/d' | sort -u)

# each COMMAND…: run it for each source.
each() {
	printf '%s\n' $sources | nice xargs -P "$(nproc)" -n 1 "$@" 2>&1
}

gcc_analyzer() {
	each gcc -O2 -fanalyzer $flags -c -o /dev/null
}

clang_tidy() {
	# The flags come behind the source.
	# shellcheck disable=SC2016  # both are the inner shell's
	each sh -c 'exec clang-tidy --quiet "$1" -- $FLAGS' sh
}

# What follows paths, too, as gcc's does: without its word on each strcpy() and memcpy().
clang_analyzer() {
	# shellcheck disable=SC2016
	each sh -c 'exec clang-tidy --quiet --checks="-*,clang-analyzer-*,$1" "$2" -- $FLAGS' sh \
		-clang-analyzer-security.insecureAPI.strcpy,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling
}

run_cppcheck() {
	nice cppcheck -q -j "$(nproc)" --enable=warning,performance,portability --inline-suppr --std=c11 \
		--template='{file}:{line}:{column}: warning: {message} [{id}]' -D__linux__ -D__GNUC__ \
		$(printf '%s\n' $flags | grep '^-[DI]') $sources 2>&1
}

# A line "FILE WARNING  REASON" takes that warning out of what is found in the file.
left() {
	awk -v tool="$1" -v top="$(pwd -P)/" '
		FILENAME != "-" { if ($1 == tool) known[$2 " " $3] = 1; next }
		/: (warning|error): .*\[[^]]*\]$/ {
			sub("^" top, "")
			id = $0
			sub(/^.*\[/, "", id)
			sub(/[],].*$/, "", id)
			file = $0
			sub(/:.*$/, "", file)
			if (!((file " " id) in known) && !(("* " id) in known) && !seen[$0]++) { print }
		}' tests/analyse.exceptions -
}

failed=0
for tool in ${ANALYSERS:-gcc clang-tidy clang-analyzer cppcheck}; do
	program=$tool
	[ "$tool" != clang-analyzer ] || program=clang-tidy
	command -v "$program" >/dev/null || {
		echo "$tool: $program is not installed"
		continue
	}
	case $tool in
	gcc) gcc_analyzer ;;
	clang-tidy) clang_tidy ;;
	clang-analyzer) clang_analyzer ;;
	cppcheck) run_cppcheck ;;
	esac >"$work/$tool.log" || :
	left "$tool" <"$work/$tool.log" >"$work/$tool.left"
	cat "$work/$tool.left"
	count=$(wc -l <"$work/$tool.left")
	echo "$tool: $(printf '%s\n' $sources | wc -l) files, $count findings"
	[ "$count" -eq 0 ] || failed=1
done
exit "$failed"
