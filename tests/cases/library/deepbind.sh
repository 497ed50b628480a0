#!/bin/sh
# SPDX-License-Identifier: MIT
# Libraries that are loaded so that they find the C library's malloc before ours: their linkage
# tables are led to ours, or it is told that they are not.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "linkage tables of $(uname -m) are not known" ;;
esac
CC=${CC:-cc}

cat >plugin.c <<'EOC'
#include <stdlib.h>
#include <string.h>
char *plugin_word(char *old) {
    char *word = realloc(old, 77);
    char *copy = strdup("words");
    if (!copy) { free(word); return NULL; }
    word[0] = copy[0]; // BREAKS
    free(copy);
    return word;
}
EOC
cat >host.c <<'EOC'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#ifndef RTLD_DEEPBIND
#error "no such flag here"
#endif
int main(int argc, char **argv) {
    char *old = malloc(10);
    void *library = !old ? NULL :
#ifdef SPACE
        dlmopen(LM_ID_NEWLM, argv[1], RTLD_NOW);
#else
        dlopen(argv[1], (argc > 2 ? RTLD_LAZY : RTLD_NOW) | RTLD_DEEPBIND);
#endif
    char *(*call)(char *) = library ? (char *(*)(char *))dlsym(library, "plugin_word") : NULL;
    if (!call) { free(old); fputs("not loaded\n", stderr); return 2; }
#ifdef SPACE
    free(old);
    old = NULL;
#endif
    char *word = call(old);
    if (!word) { return 3; }
#ifndef SPACE
    free(word);
#endif
    puts("done");
    return 0;
}
EOC
$CC -g -w -fno-builtin -o host host.c -ldl 2>/dev/null || skip_all "no RTLD_DEEPBIND"
breaks=$(grep -n BREAKS plugin.c | cut -d: -f1)
found() {
    jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line]' found/findings.json
}
told() {
    sed -n 's/^mallocfail: not tried: //p' err
}

for way in '' '-Wl,-z,relro,-z,now' '-Wl,-z,lazy' '-fno-plt'; do
    # shellcheck disable=SC2086
    $CC -g -w -fno-builtin -shared -fPIC $way -o plugin.so plugin.c || exit 1
    for when in '' lazy; do
        timeout 60 "$MF_RUN" -q -o found -- ./host ./plugin.so $when >out 2>err
        is "RTLD_DEEPBIND, ${way:-plain}, ${when:-at once}: the defect is found" "$(found)" "[$breaks]"
    done
done
timeout 60 "$MF_RUN" -o found -- ./host ./plugin.so >out 2>err
is "what was loaded before its tables are seen is told" "$(told)" \
    'allocations by constructors of libraries that are loaded with RTLD_DEEPBIND (dlopen)'
is "... in the results, too" "$(jq -c '[.not_reached[] | .symbol]' found/findings.json)" '["dlopen"]'
is "its blocks come from the page allocator, and go back there" \
    "$("$MF_RUN" -q run --policy "$NEVER" --allocator pages -- ./host ./plugin.so 2>err)" 'done'
is "... alone, as well" "$(alone "$(rule '"functions":["realloc"],"size":{"min":77,"max":77}')" ./host ./plugin.so; echo $?)" 139

cat >other.c <<'EOC'
#include <stdlib.h>
static char room[1 << 16];
static size_t used;
void *malloc(size_t size) { void *block = room + used; used += (size + 31) & ~15ul; return block; }
void *realloc(void *old, size_t size) { return malloc(size); }
void free(void *block) { (void)block; }
EOC
$CC -w -fno-builtin -shared -fPIC -o libother.so other.c || exit 1
sed 's/realloc(old, 77)/malloc(77)/' plugin.c >malloced.c
$CC -g -w -fno-builtin -shared -fPIC -o plugin.so malloced.c -L. -lother -Wl,-rpath,"$PWD" || exit 1
sed 's/free(word)/(void)word/' host.c >leaves.c
$CC -g -w -fno-builtin -o leaves leaves.c -ldl || exit 1
says 1 'NULL from malloc\(77\)' "an allocator that only they find fails" "$MF_RUN" -o found -- ./leaves ./plugin.so
$CC -g -w -fno-builtin -shared -fPIC -o plugin.so plugin.c &&
    $CC -g -w -fno-builtin -o pathed host.c -ldl "-Wl,-rpath,$PWD" || exit 1
says 0 'not tried: allocations of libraries that are loaded with RTLD_DEEPBIND ' \
    "one that is looked for where the program says is found there, and told" "$MF_RUN" -o found -- ./pathed plugin.so
if $CC -DSPACE -g -w -fno-builtin -o spaced host.c -ldl 2>/dev/null && ./spaced ./plugin.so >/dev/null 2>&1; then
    says 0 'not tried: allocations of libraries that dlmopen.. loaded' \
        "another name space is told" "$MF_RUN" -o found -- ./spaced ./plugin.so
else
    skip "another name space is told" "there is none here"
fi
plan
