#!/bin/sh
# SPDX-License-Identifier: MIT
# A trace summed up: for the terminal, as a picture, as a page.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

"$MF_RUN" trace -q -o x.trace "$MF_TARGETS/recorded" exit 1000
COLUMNS=100 "$MF_RUN" histogram x.trace >text
like "it says what was recorded" "$(cat text)" '^x\.trace: recorded\[[0-9]+\], 2,000 events of 1 thread in '
like "how many are below the cut" "$(cat text)" '  99\.0 % of the allocations are below 100 bytes'
like "a bar has its sizes, its count and its share" "$(cat text)" '^ +4-7  (█)+ +40 +4\.0 %$'
like "what is above has no bar" "$(cat text)" '^ +100 and up +10 +1\.0 %$'
like "the median is a size" "$(cat text)" '^  size +50 +75 +90 +99 +100 +100$'
like "the peak of the heap is told" "$(cat text)" 'live heap: at its peak 100 bytes in 1 blocks'
is "no line is wider than the terminal" \
    "$(LC_ALL=C.UTF-8 awk 'length($0) > 100' text)" ''
like "the cut can be moved" "$("$MF_RUN" histogram --below 10 x.trace)" \
    '  9\.0 % of the allocations are below 10 bytes'

"$MF_RUN" trace -q --stacks -o stacks.trace "$MF_TARGETS/recorded" exit 1000
like "the heaviest stacks are listed" "$(COLUMNS=200 "$MF_RUN" histogram stacks.trace)" \
    '^ +1,000 +100\.0 %  allocate < main < '

ok "a picture is drawn" "$MF_RUN" histogram --svg x.svg x.trace
is "nothing is printed then" "$(cat "$tap_home/out")" ''
ok "a page is written" "$MF_RUN" histogram --html x.html stacks.trace
if have xmllint; then
    ok "the picture is XML" xmllint --noout x.svg
    is "with a bar for each size" \
        "$(xmllint --xpath 'count(//*[@class="bar"])' x.svg)" 100
    ok "the page is HTML" xmllint --html --noout x.html
else
    skip "the files are well formed" "no xmllint"
fi
like "the page has the stacks" "$(cat x.html)" '<td class="stack">allocate &lt; main'

says 125 '--below takes 1 to .*, not ' "a cut that is none is refused" "$MF_RUN" histogram --below x x.trace
says 125 '--below takes 1 to .*, not ' "so is one out of range" "$MF_RUN" histogram --below 0 x.trace
says 125 'no trace given' "nothing to read is an error" "$MF_RUN" histogram
says 125 "'x.trace' is one argument too many" "two traces are, too" "$MF_RUN" histogram x.trace x.trace
says 125 'is not a trace' "a file that is none is refused" "$MF_RUN" histogram text
says 125 'cannot write' "where the picture cannot be written, it is told" \
    "$MF_RUN" histogram --svg nowhere/x.svg x.trace

# What was damaged on the way.
head -c 100000 x.trace >cut.trace
like "a trace that was cut has what is left" "$("$MF_RUN" histogram cut.trace)" '^  allocations '
: >empty.trace
says 125 'is not a trace' "an empty one is none" "$MF_RUN" histogram empty.trace
plan
