#!/bin/sh
# SPDX-License-Identifier: MIT
# A large heap is moved to large pages where cloning is dear, and nothing else changes: the
# verdicts, what the memory holds, and how much there is of it.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
pages=/sys/kernel/mm/transparent_hugepage
[ "$(cat $pages/hpage_pmd_size 2>/dev/null)" = 2097152 ] || skip_all "no large pages of 2 MB"
if grep -q '\[never\]' $pages/enabled; then
    skip_all "large pages are switched off"
fi
awk '/MemAvailable/ { exit $2 > 2000000 }' /proc/meminfo && skip_all "little memory is free"
${CC:-cc} -g -O1 -w -fno-builtin-malloc -o heap "$MF_SOURCE/tests/targets/held/heap.c" ||
    skip_all "heap.c cannot be built here"
./heap probe || skip_all "the kernel makes no large pages when asked"

"$MF_RUN" -v -o found --points all --mode once --strategy in-place --jobs 1 \
    -- ./heap >out 2>err
like "the heap is moved, but not what was only read, has gaps, or is locked" "$(cat err)" \
    'large pages: (508|510|512) MB of the program.s memory moved there'
is "all failures are tried in place" "$(jq '.tried == .in_place' found/findings.json)" true
is "the crashes are where they are, before and after" \
    "$(jq -c '[.trials[] | select(.outcome == "crashed").number] | sort' found/findings.json)" \
    '[11,21,31,41,51,61,71,81,91,101]'
plan
