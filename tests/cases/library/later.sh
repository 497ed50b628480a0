#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions of libraries that the program loads while it runs.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "no jumps are known for $(uname -m)" ;;
esac

cat >pool.c <<'EOC'
#include <stdio.h>
#include <string.h>
static char room[1000];
static unsigned long used;
static int early;
static __attribute__((noinline)) void *pool_get(unsigned long size) {
    __asm__ volatile("");
    used += size;
    return used < sizeof(room) ? room + used - size : NULL;
}
__attribute__((constructor)) static void begin(void) { early = pool_get(7) != NULL; }
int plug(int n) {
    char *word = pool_get(20 + n);
    if (!word) {
        return printf("none %d\n", early) < 0;
    }
    strcpy(word, "word");
    return printf("%s %d\n", strcpy(pool_get(40), word), early) < 0; // BREAKS
}
EOC
# A malloc that the library keeps to itself, as those do that are linked with jemalloc.
cat >own.c <<'EOC'
#include <stdio.h>
#include <string.h>
static char room[1000];
static unsigned long used;
#define HIDDEN __attribute__((visibility("hidden"), noinline))
HIDDEN void *malloc(unsigned long size) {
    used += size;
    return used < sizeof(room) ? room + used - size : NULL;
}
HIDDEN void *calloc(unsigned long count, unsigned long size) { return malloc(count * size); }
int plug(int n) {
    char *zeros = calloc(3, 30 + n);
    if (!zeros) {
        return printf("none\n") < 0;
    }
    return printf("%s\n", strcpy(malloc(50), "word")) < 0; // BREAKS
}
EOC
cat >host.c <<'EOC'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <sys/mman.h>
// The library comes and goes, and never to the same place.
int main(int argc, char **argv) {
    for (int i = 0; i < 3; i++) {
        struct link_map *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
        int (*plug)(int) = library ? dlsym(library, "plug") : NULL;
        if (!plug) {
            fputs("no library\n", stderr);
            return 3;
        }
        void *there = (void *)library->l_addr;
        plug(i);
        dlclose(library);
        mmap(there, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    return 0;
}
EOC
for name in pool own; do
    "${CC:-cc}" -g -w -O1 -fno-builtin -shared -fPIC -o $name.so $name.c || exit 1
done
"${CC:-cc}" -g -w -o host host.c -ldl || exit 1
pool=pool_get:size=1

# ends DESCRIPTION OUTPUT RULE LIBRARY OPTION…: what comes of the program under the rule.
ends() {
    ends_what=$1 ends_output=$2 ends_rule=$3 ends_library=$4
    shift 4
    is "$ends_what" "$("$MF_RUN" -q --policy "$(rule "$ends_rule")" "$@" -- ./host "./$ends_library" 2>err | tr '\n' ' ')" \
        "$ends_output"
}
# crashes: the lines where an exploration has seen crashes.
crashes() {
    jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line]' found/findings.json
}

ends "one by name fails" 'word 1 none 1 word 1 ' '"size":{"min":21,"max":21}' pool.so --allocation $pool
ends "... wherever the library is when it comes again" 'word 1 word 1 none 1 ' '"size":{"min":22,"max":22}' pool.so --allocation $pool
ends "... and while constructors run" 'word 0 word 0 word 0 ' '"size":{"min":7,"max":7}' pool.so --allocation $pool
ends "a malloc that the library keeps to itself fails" 'none word none ' '"size":{"min":90,"max":99},"nth":[1,3]' own.so
timeout 60 "$MF_RUN" -q -o found --allocation $pool -- ./host ./pool.so >out 2>err
is "an exploration finds what one by name breaks" "$? $(crashes)" "1 [$(grep -n BREAKS pool.c | cut -d: -f1)]"
is "... in place" "$(jq '[.trials[] | select(.in_place)] | length > 5' found/findings.json)" true
file=found/$(jq -r '[.findings[] | select(.outcome == "crashed") | .reproducer][0]' found/findings.json)
says 0 'same finding came back' "... and its reproducer brings it back" "$MF_RUN" replay "$file"
says 1 'NULL from malloc\(50\)' "an exploration finds what such a malloc breaks" \
    timeout 60 "$MF_RUN" -o found -- ./host ./own.so
is "... and where" "$(crashes)" "[$(grep -n BREAKS own.c | cut -d: -f1)]"
is "... and does not say that it was not tried" "$(grep -c 'has its own malloc' err)" 0
says 1 'NULL from malloc\(50\)' "so does a suite" \
    timeout 60 "$MF_RUN" suite -o suite.found -- sh -c './host ./own.so && ./host ./own.so'
sed 's/__attribute__((visibility("hidden"), noinline))/__attribute__((noinline))/' own.c >deep.c
sed 's/RTLD_NOW/RTLD_NOW | RTLD_DEEPBIND/' host.c >deephost.c
"${CC:-cc}" -g -w -O1 -fno-builtin -shared -fPIC -o deep.so deep.c && "${CC:-cc}" -g -w -o deephost deephost.c -ldl || exit 1
says 1 'NULL from malloc\(50\)' "also of one that others would find, and that the library finds first (RTLD_DEEPBIND)" \
    timeout 60 "$MF_RUN" -o found -- ./deephost ./deep.so
is "... and none of that is said not to be tried" "$(grep -c 'DEEPBIND\|has its own malloc' err)" 0

cp own.so libown.so
printf 'int plug(int);\nint main(void) { return plug(1) + plug(2); }\n' >linked.c
"${CC:-cc}" -g -w -o linked linked.c -L. -lown -Wl,-rpath,"$PWD" || exit 1
is "also where the program is started with the library" \
    "$("$MF_RUN" -q run --policy "$(rule '"size":{"min":90,"max":99},"nth":2')" -- ./linked | tr '\n' ' ')" 'word none '
says 1 'NULL from malloc\(50\)' "... in an exploration, too" timeout 60 "$MF_RUN" -o found -- ./linked
is "... and does not say that it was not tried" "$(grep -c 'malloc of its own' err)" 0

says 125 "or has loaded has a symbol for the function 'pool_put'" "one that nothing has, to the end, is a mistake" \
    timeout 60 "$MF_RUN" -o none --allocation pool_put -- ./host ./pool.so
says 125 "or has loaded has a symbol for the function 'pool_put'" "... of a run, too" \
    "$MF_RUN" --policy "$(rule '"every":1000')" --allocation pool_put -- ./host ./pool.so
says 3 "no library that the program has loaded has a symbol for the function 'pool_get'" \
    "... but not where a failure has kept the library away" \
    "$MF_RUN" --policy "$(rule '"from":1')" --allocation $pool -- ./host ./pool.so
if [ "$(uname -m)" = x86_64 ]; then
    cat >short.c <<'EOC'
__asm__(".globl pool_get, behind\n.type pool_get, @function\n.type behind, @function\n"
        "pool_get: nop; ret\n.size pool_get, 2\nbehind: nop; nop; ret\n.size behind, 3\n");
int plug(int n) { return n; }
EOC
    "${CC:-cc}" -w -shared -fPIC -o short.so short.c || exit 1
    says 125 "cannot be made to fail in a library that .* loads: it is too short" "why one cannot be patched is told" \
        "$MF_RUN" --policy "$(rule '"every":1000')" --allocation pool_get -- ./host ./short.so
else
    skip "why one cannot be patched is told" "it is made for x86-64"
fi

python=$(python3 -c 'import ctypes, sys; print(sys.executable)' 2>/dev/null)
if [ -n "$python" ]; then
    printf 'import ctypes\nctypes.CDLL("./pool.so").plug(3)\n' >plug.py
    "$MF_RUN" -q --policy "$(rule '"size":{"min":23,"max":23},"caller":{"module":"pool.so"}')" --allocation $pool -- \
        "$python" plug.py >out 2>err
    is "a library that Python loads" "$(cat out)" 'none 1'
else
    skip "a library that Python loads" "no python3 with ctypes"
fi
plan
