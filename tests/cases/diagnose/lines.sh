#!/bin/sh
# SPDX-License-Identifier: MIT
# One source line is one defect, however many times it was compiled into the program: as an
# inlined function, a macro, a template or a lambda; and its cause is the same in each build.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
CC=${CC:-cc}
CXX=${CXX:-c++}

cat >inline.c <<'EOF'
#include <stdlib.h>
struct item { struct item *next; int value; };
struct item *volatile kept;
static inline __attribute__((always_inline)) void make(int value) {
    struct item *item = malloc(sizeof(*item));
    item->value = value; // BREAKS
    kept = item;
}
__attribute__((noinline)) static void one(void) { make(1); }
__attribute__((noinline)) static void two(void) { make(2); }
__attribute__((noinline)) static void three(void) { make(3); }
__attribute__((noinline)) static void four(void) { make(4); }
__attribute__((noinline)) static void five(void) { make(5); }
int main(void) { one(), two(), three(), four(), five(); return 0; }
EOF
cat >macro.c <<'EOF'
#include <stdlib.h>
char *volatile kept;
#define SET(size) do { char *block = malloc(size); block[0] = 1; kept = block; } while (0)
int main(void) {
    SET(3); SET(4); SET(5); // BREAKS
    return 0;
}
EOF
cat >template.cc <<'EOF'
#include <cstdlib>
template <class T> __attribute__((noinline)) void put(T value) {
    static T *volatile kept;
    T *place = static_cast<T *>(malloc(sizeof(T)));
    *place = value; // BREAKS
    kept = place;
}
int main() { put(1), put(2.0), put('c'); }
EOF
cat >lambda.cc <<'EOF'
#include <cstdlib>
int main() {
    auto put = [](auto value) {
        static decltype(value) *volatile kept;
        auto *place = static_cast<decltype(value) *>(malloc(sizeof(value)));
        *place = value; // BREAKS
        kept = place;
    };
    put(1), put(2.0), put('c');
}
EOF
cat >index.c <<'EOF'
#include <stdlib.h>
static int length, *list;
static int add(int x) {
    int *more = realloc(list, (length + 1) * sizeof(*more));
    if (!more) return -1;
    list = more, list[length] = x;
    return length++;
}
int main(void) {
    for (int i = 0; i < 4; i++) {
        unsigned at = add(i);
        list[at] = 7; // BREAKS
    }
    free(list);
    return 0;
}
EOF

# found SOURCE STRATEGY: each defect's outcome, line and cause.
found() {
    "$MF_RUN" -q -o found --strategy "$2" -- ./victim >out 2>err
    jq -r '.findings[] | "\(.outcome) \(.crash_site.line) \(.cause)"' found/findings.json
}

for source in inline.c macro.c template.cc lambda.cc index.c; do
    line=$(grep -n '// BREAKS' $source | cut -d: -f1)
    compile=$CC
    [ "${source%.cc}" = "$source" ] || compile=$CXX
    causes=
    for how in '-O0' '-O2'; do
        # shellcheck disable=SC2086 # a compiler may come with options
        if ! $compile -g $how -w -fno-builtin -o victim $source 2>/dev/null; then
            skip "$source with $how" "it cannot be built"
            continue
        fi
        for strategy in in-place fresh; do
            defects=$(found $source $strategy)
            is "$source with $how, $strategy: one line is one defect" \
                "${defects% *}" "crashed $line"
            causes="$causes${defects##* }
"
        done
    done
    is "$source: the cause is the same in all of them" \
        "$(printf %s "$causes" | sort -u | wc -l | tr -d ' ')" 1
done

# What a handler breaks at is one defect, wherever the signal came.
cat >victim.c <<'END'
#include <signal.h>
#include <stdlib.h>
static char *volatile block;
static void on(int signal) {
    block[0] = (char)signal;
}
int main(int argc, char **argv) {
    signal(SIGUSR1, on);
    block = malloc(9);
    if (argc > 1) {
        raise(SIGUSR1);
    } else {
        raise(SIGUSR1);
    }
    (void)argv;
    return 0;
}
END
$CC -g -O0 -w -fno-builtin -o victim victim.c || exit 1
signatures=
for strategy in in-place fresh; do
    for way in 1 2; do
        # shellcheck disable=SC2046 # none, or one
        "$MF_RUN" -q -o found --strategy $strategy -- ./victim $([ $way = 1 ] || echo $way) >out 2>err
        signatures="$signatures$(jq -r '.findings[] | "\(.signature) \(.crash_site.line)"' found/findings.json)
"
    done
done
like "a handler has one signature, wherever the signal came" \
    "$(printf %s "$signatures" | sort -u | tr '\n' ' ')" '^[0-9a-f]{16} 5 $'

# Behind a breakpoint of its own the thread stops at the next line.
cat >halts.c <<'END'
#include <stdlib.h>
int main(void) {
    char *block = malloc(9);
    volatile int state = 0;
    if (!block) {
        __asm__("int3");
        state = 1;
    }
    free(block);
    return state;
}
END
halts="a breakpoint in the program is at its own line"
if [ "$(uname -m)" = x86_64 ] && $CC -g -O0 -w -fno-builtin -o halts halts.c; then
    for strategy in in-place fresh; do
        "$MF_RUN" -q -o found --strategy $strategy ./halts >out 2>err
        is "$halts, $strategy" "$(jq -r '.findings[].crash_site.line' found/findings.json)" 6
        like "... and the text says so" "$(cat err)" 'SIGTRAP.* at halts\.c:6'
    done
else
    skip "$halts" "another machine"
fi
plan
