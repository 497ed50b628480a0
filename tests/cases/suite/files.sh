#!/bin/sh
# SPDX-License-Identifier: MIT
# A limit on the size of files, as `ulimit -f` sets it, is for files: what a child of a suite, or
# a trial, writes to a pipe or /dev/null is not subject to it, though we capture it in a file.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# eats LINES MORE LINE: write a line so many times, or more when its memory is missing. It breaks
# where a limit cuts one short.
cat >eats.c <<'END'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char *block = malloc(10), *line = argv[argc - 1];
    ssize_t length = (ssize_t)strlen(line);
    for (int i = 0; i < atoi(argv[block ? 1 : 2]); i++) {
        if (write(1, line, length) != length) {
            *(volatile char *)0 = 1;
        }
    }
    free(block);
    return 0;
}
END
# It writes without end when its memory is missing.
cat >floods.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    static char text[1 << 16];
    char *block = malloc(10);
    while (!block) {
        if (write(1, text, sizeof(text)) < 0) {
            break;
        }
    }
    free(block);
    return 0;
}
END
for program in eats floods; do
    ${CC:-cc} -g -O0 -fno-builtin -o "$program" "$program.c" || exit 1
done

# The soft limit of a child may be raised.
says 0 "1 process was tested" "a process that writes more into a pipe than a file may have" \
    "$MF_RUN" suite -o soft.out sh -c 'ulimit -S -f 16; ./eats 900 900 123456789012345_ | cat >/dev/null'
is "... is tried in place" "$(grep 'failures tried' err)" \
    "mallocfail: 2 of 2 failures tried: 1 in place, 1 inferred"

# The hard one may not, except by some: then another process can tell.
"$MF_RUN" suite --fresh -o hard.out \
    sh -c 'ulimit -f 16; ./eats 900 900 123456789012345_ | cat >/dev/null' >out 2>err
is "a hard limit is no defect" $? 0
like "... and all is tried" "$(cat err)" "2 of 2 failures tried: "
"$MF_RUN" suite -o none.out sh -c 'ulimit -f 0; ./eats 900 900 123456789012345_ | cat >/dev/null' >out 2>err
unlike "... not even where there may be no files" "$(cat err)" spinning
if grep -q ' in place, 1 inferred$' err; then
    skip "... what could not be tried is told" "these processes may raise the limit"
else
    like "... what could not be tried is told" "$(cat err)" \
        '2 met a limit on the size of files \(ulimit -f\)'
fi
says 1 "spinning" "what writes without end does so with a limit, too" \
    "$MF_RUN" suite -o flood.out sh -c 'ulimit -S -f 16; ./floods | cat >/dev/null'

# In explorations the user's limit holds for all, and says nothing of the program.
limited() {
    sh -c 'ulimit -f 24; exec "$@"' sh "$@"
}
says 0 "2 failures survived so far, and were cut off before the end: they met a limit" \
    "an exploration says what its trials met" \
    limited "$MF_RUN" -o in.out ./eats 500 1000 123456789012345_
like "... once for each" "$(cat err)" \
    '2 fresh \(2 met a limit on the size of files \(ulimit -f\)\)'
says 0 "2 failures survived so far, and were cut off before the end: they met a limit" \
    "... also of fresh ones, and where one acts on a line that was cut short" \
    limited "$MF_RUN" --strategy fresh -o fresh.out ./eats 900 1800 123456789_
plan
