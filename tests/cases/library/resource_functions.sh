#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions that give out other things than memory: each fails with each of its errors, and
# returns what it returns then. The table of src/core/policy/resource.c says which.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "linkage tables of $(uname -m) are not known" ;;
esac
core=$MF_SOURCE/src/core/policy

# build NAME FLAG…: the program that calls them all.
build() {
    build_name=$1
    shift
    "${CC:-cc}" -std=gnu17 -w -I"$MF_SOURCE/src" "$@" -o "$build_name" "$MF_SOURCE/tests/targets/resource_functions.c" \
        "$core/resource.c" "$core/errnos.c" "$core/function.c" "$core/text.c" -lpthread -lrt
}

# fail_all PROGRAM: part by part of the table; how many did not fail as they are to.
fail_all() {
    part=0
    while policy=$("./$1" policy $part); do
        "$MF_RUN" -q --policy "$policy" -- "./$1" calls $part >>counts 2>>wrong </dev/null
        part=$((part + 1))
    done
}

# fails_all WHAT FLAG…: so does a program that is built like this.
fails_all() {
    fails_all_what=$1
    shift
    : >counts
    : >wrong
    build calls "$@" || exit 1
    fail_all calls
    is "each function fails with each of its errors: $fails_all_what" "$(cat wrong)" ''
    like "... all of the table" "$(awk '{ sum += $1 } END { print NR, sum }' counts)" '^[5-9] [23][0-9][0-9]$'
}

fails_all "as they are" -O0 -U_FORTIFY_SOURCE
fails_all "with 64-bit offsets, fortified" -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_FILE_OFFSET_BITS=64
fails_all "without a procedure linkage table, relocated at once" -O1 -fno-plt -Wl,-z,relro,-z,now
fails_all "at a fixed address, lazily" -O1 -no-pie -fno-pie -Wl,-z,lazy

cat >library.c <<'EOC'
#include <fcntl.h>
#include <stdio.h>
int library_open(void) { return open("/dev/null", O_RDONLY); }
EOC
cat >loads.c <<'EOC'
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int (*by_pointer)(const char *, int, ...) = open;
int main(void) {
    void *library = dlopen("./library.so", RTLD_NOW);
    int (*library_open)(void) = (int (*)(void))dlsym(library, "library_open");
    int first = by_pointer("/dev/null", O_RDONLY);
    printf("%d %d", first > 0, library_open() > 0);
    int made = open("made", O_RDWR | O_CREAT, 0640);
    fflush(stdout);
    if (vfork() == 0) {
        _exit(open("/dev/null", O_RDONLY) < 0);
    }
    int status;
    wait(&status);
    printf(" %d %d\n", made > 0, WEXITSTATUS(status));
    return 0;
}
EOC
"${CC:-cc}" -shared -fPIC -o library.so library.c && "${CC:-cc}" -w -o loads loads.c -ldl || exit 1
opens() {
    rm -f made
    "$MF_RUN" -q --policy "{\"version\":1,\"rules\":[$1]}" -- ./loads
}
is "where none is to fail all arguments arrive" "$(opens '{"functions":["files"],"nth":99}') $(stat -c %a made)" '1 1 1 0 640'
is "an address in data leads to them, too" "$(opens '{"functions":["files"],"nth":1}')" '0 1 1 0'
is "... and a module that is loaded later" "$(opens '{"functions":["files"],"nth":2}')" '1 0 1 0'
is "a child of vfork() passes, and counts nothing" "$(opens '{"functions":["open"],"from":4}')" '1 1 1 0'
cat >fixed.c <<'EOC'
#include <fcntl.h>
#include <stdio.h>
int main(void) {
    int (*volatile by_pointer)(const char *, int, ...) = open;
    int first = by_pointer("/dev/null", O_RDONLY), second = open("/dev/null", O_RDONLY);
    printf("%d %d\n", first > 0, second > 0);
    return 0;
}
EOC
if "${CC:-cc}" -w -fno-pie -no-pie -o fixed fixed.c 2>/dev/null; then
    for nth in 99 1 2; do
        timeout 10 "$MF_RUN" -q --policy "{\"version\":1,\"rules\":[{\"functions\":[\"files\"],\"nth\":$nth}]}" -- ./fixed
    done >out 2>err
    is "a program at a fixed address, whose own table stands for a function" "$(tr '\n' ' ' <out)" '1 1 0 1 1 0 '
else
    skip "a program at a fixed address" "none can be linked"
fi
"$MF_RUN" run -q --policy '[]' -- sleep 5 &
runner=$!
sleep 0.3
says 125 'selects open\(\), and the policy that the program was started with did not' \
    "mallocfail ctl says what is out of reach" "$MF_RUN" ctl "$runner" --policy '[{"functions":["open"]}]'
kill "$runner" && wait "$runner" 2>/dev/null
is "without the runner they fail as well" \
    "$(MALLOCFAIL_POLICY='{"version":1,"rules":[{"functions":["open"]}]}' LD_PRELOAD=$MF_LIB ./loads)" '0 0 0 0'
if have jq; then
    "$MF_RUN" run -q --report json:report.json --policy '{"version":1,"rules":[{"functions":["open"],"errno":"ENOSPC"}]}' -- ./loads >/dev/null
    is "the report says with what" "$(jq -c '.injections | map([.function, .errno]) | unique' report.json)" '[["open","ENOSPC"]]'
fi
plan
