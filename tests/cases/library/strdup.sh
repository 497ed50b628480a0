#!/bin/sh
# SPDX-License-Identifier: MIT
# strdup() and its like, which sanitizers have themselves and which allocate deep inside: they
# fail, each call once, as they do without a sanitizer.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "linkage tables of $(uname -m) are not known" ;;
esac
cat >copies.c <<'EOC'
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
char *__strdup(const char *text);
static int refused;
static void use(char *copy, const char *wanted) {
    refused += !copy && errno == ENOMEM;
    if (copy && strcmp(copy, wanted) != 0) { printf("wrong: %s\n", copy); }
    free(copy);
}
int main(void) {
    char room[4096];
    use(strdup("words"), "words");
    use(__strdup("more words"), "more words");
    use(strndup("words", 3), "wor");
    use(strndup("words", 99), "words");
    use(realpath("/", NULL), "/");
    realpath("/", room);
    printf("%d\n", refused);
    return 0;
}
EOC
shared=$(clang -print-resource-dir 2>/dev/null)/lib/linux
while read -r compiler options; do
    # shellcheck disable=SC2086
    if ! have "$compiler" || ! $compiler -g -w -fno-builtin $options -o copies copies.c 2>/dev/null ||
        ! ./copies >/dev/null 2>&1; then
        skip "$compiler $options" "cannot be built here"
        continue
    fi
    for nth in 1 2 3 4; do
        under "$(rules "{\"nth\":$nth,\"size\":{\"max\":15}}" '"arm":"main"')" ./copies
    done >out 2>err
    is "$compiler $options: each of four fails alone" "$(tr '\n' ' ' <out)" '1 1 1 1 '
    # Where realpath() has its memory may be another function's business: with an older sanitizer
    # it asks libc once more, which is not reached from inside the program.
    like "... and all five fail, and no more" "$(under "$(rules '{"size":{"max":5000}}' '"arm":"main"')" ./copies)" '^[45]$'
done <<EOW
${CC:-cc}
gcc -fsanitize=address
gcc -fsanitize=address -static-libasan
gcc -fsanitize=thread
clang -fsanitize=address
clang -fsanitize=address -shared-libasan -Wl,-rpath,$shared
clang -fsanitize=thread
clang -fsanitize=memory
EOW

cat >careless.c <<'EOC'
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *copy = strdup("words");
    copy[0] = 'W'; // BREAKS
    free(copy);
    return 0;
}
EOC
breaks=$(grep -n BREAKS careless.c | cut -d: -f1)
for way in 'gcc -fsanitize=address' 'clang -fsanitize=address'; do
    if ! have jq || ! $way -g -w -fno-builtin -o careless careless.c 2>/dev/null; then
        skip "$way: the defect" "cannot be built here"
        continue
    fi
    timeout 60 "$MF_RUN" -q -o found -- ./careless >out 2>err
    is "$way: an exploration finds the defect" \
        "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line]' found/findings.json)" "[$breaks]"
done
plan
