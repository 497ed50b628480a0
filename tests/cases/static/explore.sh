#!/bin/sh
# SPDX-License-Identifier: MIT
# Explorations of static programs: the defects of the dynamic build, and how that is told.
# shellcheck disable=SC2086 # compilers with their options
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
[ "$(uname -m)" = x86_64 ] || skip_all "no breakpoints are known for $(uname -m)"
cat >planted.c <<'EOC'
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node {
    struct node *next;
    char *name;
};
static struct node *push(struct node *head, const char *name) {
    struct node *node = malloc(sizeof(*node));
    node->next = head; // null dereference
    node->name = strdup(name);
    return node;
}
static void twice(void) {
    char *one = malloc(100), *other = malloc(200);
    if (!other) {
        free(one);
        free(one); // double free
        exit(3);
    }
    free(one);
    free(other);
}
static void asserted(void) {
    char *block = calloc(1, 300);
    assert(block); // assertion
    free(block);
}
static void lost(void) {
    char *block = malloc(500);
    puts(block || errno != ENOMEM ? "all there" : "something is missing");
    free(block);
}
int main(void) {
    static char buffer[128];
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    struct node *list = push(push(NULL, "a"), "b");
    twice();
    asserted();
    lost();
    puts(list->name ? list->name : "?");
    return 0;
}
EOC
# libgcc's own start-up may break in a static program: that is listed apart.
ours='select(.outcome != "leaked" and .class != "run-time library")'
# found PROGRAM: its findings, each as outcome, class, line.
found() {
    rm -rf found
    timeout 100 "$MF_RUN" -o found -- "$@" >out 2>err
    jq -c "[.findings[] | $ours | [.outcome, .class, .crash_site.line]] | sort | .[]" found/findings.json
}
${CC:-cc} -g -w -fno-builtin -o dynamic planted.c || exit 1
wanted=$(found ./dynamic)
like "the dynamic build shows what is planted" "$wanted" 'null dereference'
ways='cc -static
cc -static-pie
musl-gcc -static'
while read -r way; do
    compiler=${way%% *}
    options=${way#* }
    [ "$compiler" != cc ] || compiler=${CC:-cc}
    if ! $compiler -g -w -fno-builtin $options -o static planted.c 2>/dev/null; then
        skip "an exploration, $way" "cannot be built here"
        continue
    fi
    got=$(found ./static)
    if [ "$compiler" = musl-gcc ]; then
        # Its allocator ends a double free in another way; and it has no tables for unwinding,
        # so that stacks which begin in it can lack frames.
        got=$(echo "$got" | sed 's/,[^,]*$//' | sort -u)
        wanted=$(echo "$wanted" | sed 's/,[^,]*$//; /heap corruption/d' | sort -u)
    fi
    is "the defects of the dynamic build, $way" "$got" "$wanted"
    failed=
    for policy in found/reproducers/*.json; do
        timeout 60 "$MF_RUN" replay -q "$policy" >out 2>err || failed="$failed $policy"
    done
    is "each is brought back" "$failed" ""
    is "all were tried fresh" "$(jq -c '[.in_place, (.not_in_place | map(.reason))]' found/findings.json)" \
        '[0,["static program: failed by breakpoints, slower"]]'
    jq -c '[.findings[].signature] | sort' found/findings.json >one
    found ./static >/dev/null
    jq -c '[.findings[].signature] | sort' found/findings.json >two
    same "their signatures are the same another time" one two
done <<EOW
$ways
EOW
${CC:-cc} -g -w -fno-builtin -static -o static planted.c
found ./static >/dev/null
is "the summary says it once" "$(grep -c 'static program: failed by breakpoints, slower' err)" 1
like "what the C library allocates before is told" "$(cat err)" 'came before --arm load and are not tried'
unlike "and nothing that is reached is said not to be" "$(cat err)" 'does not export'
is "stacks lead through the program's functions" \
    "$(jq -c '[.findings[] | select(.class == "null dereference") | .injection.frames[:2] | map(.function)] | .[0]' found/findings.json)" \
    '["push","main"]'
cat >retries.c <<'EOC'
#include <stdlib.h>
int main(void) {
    char *block;
    while (!(block = malloc(400))) { // endless
    }
    free(block);
    return 0;
}
EOC
${CC:-cc} -g -w -fno-builtin -static -o retries retries.c
rm -rf found
timeout 100 "$MF_RUN" -q -o found --timeout 200ms -- ./retries >out 2>err
is "a loop that retries is found where it is" \
    "$(jq -c ".findings[] | $ours | [.outcome, .class, .crash_site.function, .crash_site.line]" found/findings.json)" \
    "[\"hung\",\"spinning\",\"main\",$(grep -n endless retries.c | cut -d: -f1)]"
${CC:-cc} -w -O2 -static -s -o nothing -xc - <<'EOC'
int main(void) { return 0; }
EOC
says 125 'has no symbol for malloc' "a stripped program is refused, and the way out is told" \
    "$MF_RUN" -o found -- ./nothing
plan
