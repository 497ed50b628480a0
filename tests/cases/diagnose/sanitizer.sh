#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs built with a compiler's address sanitizer.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

overrun=$MF_SOURCE/tests/targets/overrun.c
CC=${CC:-cc}
third=$(rule '"functions":["malloc"],"size":{"min":24,"max":24},"every":3')

# build COMPILER FLAG…: an instrumented overrun.
build() {
    "$@" -D_GNU_SOURCE -std=gnu17 -g -O0 -fno-builtin -fsanitize=address -o overrun \
        "$overrun" 2>/dev/null
}

gcc=gcc
if have gcc && build $gcc && ldd ./overrun | grep -q libasan; then
    says 134 'heap-buffer-overflow' "gcc's, as a shared library: it still reports" \
        under "$third" ./overrun
    is "and allocations fail" "$(cat out)" 'ten: 3 6 9'
    says 134 'heap-buffer-overflow' "options of the user's own are kept" \
        env ASAN_OPTIONS=color=never:verbosity=0 "$MF_RUN" -q --policy "$third" ./overrun
    is "with them too" "$(cat out)" 'ten: 3 6 9'
    says 125 'AddressSanitizer, which brings an allocator of its own' \
        "the page allocator would be one too many" "$MF_RUN" run --allocator pages -- ./overrun
else
    skip "gcc's, as a shared library" "none can be built"
fi
if have gcc && build $gcc -static-libasan && ./overrun 2>&1 | grep -q heap-buffer; then
    says 125 'sanitizer' "gcc's, inside the program: 125" under "$third" ./overrun
else
    skip "gcc's, inside the program: 125" "none can be built"
fi
if have clang && build clang && ./overrun 2>&1 | grep -q heap-buffer; then
    says 125 'sanitizer' "clang's, inside the program: 125" under "$third" ./overrun
else
    skip "clang's, inside the program: 125" "none can be built"
fi
plan
