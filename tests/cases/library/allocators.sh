#!/bin/sh
# SPDX-License-Identifier: MIT
# In front of another allocator, which the user preloads.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count
stress=$MF_TARGETS/stress
tested=

LD_PRELOAD=libc.so.6 "$MF_RUN" --version >/dev/null 2>&1 ||
    skip_all "nothing can be preloaded into this runner (built with a sanitizer?)"
for library in libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2; do
    # What the loader cannot find it says and leaves out.
    [ -z "$(LD_PRELOAD=$library "$count" malloc:1 2>&1)" ] || continue
    tested=yes
    is "$library behind us: every third fails" \
        "$(LD_PRELOAD=$library under "$(rule '"every":3')" "$count" 'malloc:100*10' free)" \
        '3 6 9'
    like "$library is really there" \
        "$(LD_PRELOAD=$library under "$NEVER" cat /proc/self/maps)" "$library"
    is "$library: by LD_PRELOAD=ours:its" \
        "$(LD_PRELOAD=$MF_LIB:$library MALLOCFAIL_POLICY=$(rule '"nth":[2,5]') \
            "$count" 'malloc:100*2' 'calloc:9*2' 'aligned_alloc:64*2' free)" '2 5'
    is "$library: 8 threads" "$(LD_PRELOAD=$library under \
        "$(rule '"size":{"min":24,"max":24},"every":1000')" "$stress" 8 100000)" 800
done
[ -n "$tested" ] || skip_all "no other allocator is installed"
is "a library the user preloads keeps its place behind ours" \
    "$(LD_PRELOAD=$MF_TARGETS/plugin.so under "$NEVER" sh -c 'echo "$LD_PRELOAD"' |
        sed 's/^plugin.*//; s/.*libmallocfail\.so[: ]//; s/.*\///' | tail -n 1)" plugin.so
plan
