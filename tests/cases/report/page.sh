#!/bin/sh
# SPDX-License-Identifier: MIT
# The HTML page in a browser: nothing of it is wider than a narrow window, tables included.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

for browser in chromium chromium-browser google-chrome; do
    ! have "$browser" || break
done
have "$browser" || skip_all "no chromium"
HOME=$tap_home
export HOME

# overflow WIDTH PAGE: by how many pixels tables and the page are wider than a window.
overflow() {
    # A page runs no scripts, but a copy of it without that rule does.
    sed 's/<meta[^>]*Content-Security-Policy[^>]*>//; s|</body>|<script>let over = document.documentElement.scrollWidth - innerWidth; for (const e of document.querySelectorAll(".scroll")) over = Math.max(over, e.scrollWidth - e.clientWidth); document.title = "over " + Math.max(over, 0)</script></body>|' "$2" >copy.html
    "$browser" --headless --no-sandbox --disable-gpu --window-size="$1",1000 --dump-dom "file://$PWD/copy.html" 2>/dev/null |
        sed -n 's/.*<title>over \([0-9]*\)<.*/\1/p'
}

"$MF_RUN" -q -o found --report html:one.html "$MF_TARGETS/explore_victim" null 2>err
cp one.html page.html
like "what the fault did is said in words" "$(cat one.html)" '<code>SIGSEGV, write to 0x[0-9a-f]+</code>'
like "a place is broken in front of its line" "$(cat one.html)" '<td class="where"><code>[a-z_]+\.c<wbr/?>:[0-9]+</code>'
"$MF_RUN" suite -q -o suite --report html:suite.html "$MF_TARGETS/explore_victim" null 2>err
like "a suite has stacks, which are not allocations" "$(cat suite.html)" 's, [0-9]+ stacks?</dd>'
# Long names, as C++ and stripped libraries have them.
jq '(.findings[].explanation) |= . + " in a_library_with_a_long_name.so.1.0.4+0x12944"
    | (.findings[].crash_site) |= {module: "a_library_with_a_long_name.so.1.0.4", offset: "0x12944"}
    | (.findings) |= . + . + .' found/findings.json >long.json
"$MF_RUN" report long.json -f html -o long.html
for width in 600 1280; do
    is "$width pixels: the page fits" "$(overflow $width page.html)" 0
    is "$width pixels: with long names, too" "$(overflow $width long.html)" 0
done
plan
