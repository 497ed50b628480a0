#!/bin/sh
# SPDX-License-Identifier: MIT
# Stacks in libraries only: what their failures lead to is up to the program, so each program
# that comes there is tried, and its commands are told apart from others'.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

cat >lib.c <<'END'
#include <pthread.h>
#include <stdlib.h>
static char *kept;
__attribute__((constructor)) static void begin(void) {
    kept = malloc(61);
    char *needed = malloc(62);
    needed[0] = 1;
    free(needed);
}
int use(void) { return kept[0] = 1; }
static void *work(void *from) {
    char *block = malloc(63);
    block[0] = 1;
    free(block);
    return malloc(64 + (from != 0));
}
void *run(void) {
    pthread_t thread;
    void *result;
    if (pthread_create(&thread, NULL, work, NULL) != 0) {
        exit(1);
    }
    pthread_join(thread, &result);
    return result;
}
END
printf 'int use(void);\nvoid *run(void);\n' >lib.h
for name in plain user runner taker; do
    printf '#include "lib.h"\n#include <stdio.h>\n#include <stdlib.h>\nint main(void) {\n' >$name.c
done
echo 'puts("plain"); return 0; }' >>plain.c
echo 'use(); puts("user"); return 0; }' >>user.c
echo 'free(run()); puts("runner"); return 0; }' >>runner.c
echo 'char *block = run(); block[0] = 1; free(block); puts("taker"); return 0; }' >>taker.c
${CC:-cc} -g -O0 -fno-builtin -w -shared -fPIC -pthread -o liball.so lib.c || exit 1
for name in plain user runner taker; do
    ${CC:-cc} -g -O0 -fno-builtin -o $name $name.c -Wl,--no-as-needed -L. -lall -Wl,-rpath,"$PWD" || exit 1
done

cat >suite.sh <<'END'
./plain
./user
./user again
./runner
./taker
END
sh suite.sh >alone.out
"$MF_RUN" suite --hold 60s --fresh -o found -- sh suite.sh >out 2>err
is "a suite whose programs share a library ends with 1" "$?" 1
is "what it prints is its own" "$(cat out)" "$(cat alone.out)"

# by SIZE: what is found of the allocations of that size, and the commands that come there.
by() {
    jq -c --argjson size "$1" '[.findings[] | select(.injection.size == $size) |
        [.class, ([.commands[].arguments | join(" ")] | sort)]] | unique' found/findings.json
}
is "what breaks in one program is found, whichever came first" "$(by 61)" \
    '[["null dereference",["./user","./user again"]]]'
is "what ends all of them in front of main is one finding, of all" "$(by 62)" \
    '[["null dereference",["./plain","./runner","./taker","./user","./user again"]]]'
is "... and tried once" \
    "$(jq '[.findings[] | select(.injection.size == 62) | .injection.stack_id] as $stacks |
        [.trials[] | select(.stack_id | IN($stacks[]))] | length' found/findings.json)" 2
is "what breaks in a thread of the library is one finding, of those that start it" "$(by 63)" \
    '[["null dereference",["./runner","./taker"]]]'
is "what a thread hands to one program is that one's" "$(by 64)" \
    '[["null dereference",["./taker"]]]'
is "all that is planned is tried" "$(jq ".planned - .tried" found/findings.json)" 0
like "the rule is told" "$(cat err)" \
    'stacks lie in libraries only, and count once per program that reaches them: [0-9]+ times; 1 of them counts once for all programs: it ended the first one before main'
is "... in the results, too" "$(jq '.["library_stacks"] |
    .by_program > .stacks and .ended_before_main == 1' found/findings.json)" true
for size in 61 62; do
    file=found/$(jq -r --argjson size $size '[.findings[] | select(.injection.size == $size)][0].reproducer' found/findings.json)
    says 0 'the same finding came back' "a reproducer brings $size bytes back" "$MF_RUN" replay "$file"
done

# Programs that the same library fits, and nothing else: what is the program's is tried once.
"$MF_RUN" suite -o alike sh -c './plain; ./plain a; ./plain b' >out 2>err
is "one program's processes share what was tried" \
    "$(jq '.["library_stacks"] | .by_program - .stacks' alike/findings.json)" 0

# An interpreter has thousands of stacks in itself: where one of its libraries alone is wanted,
# it is not held at each of them.
cat >wanted.c <<'END'
#include <stdlib.h>
void wanted(void);
void wanted(void) {
    char *block = malloc(67);
    *block = 0;
    free(block);
}
END
{
    echo '#include <stdlib.h>'
    echo 'void wanted(void);'
    echo 'int main(void) {'
    i=0
    while [ $((i += 1)) -le 4000 ]; do
        echo '    free(malloc(1));'
    done
    echo '    wanted(); return 0; }'
} >interpreter.c
${CC:-cc} -g -O0 -fno-builtin -shared -fPIC -o libwanted.so wanted.c || exit 1
${CC:-cc} -O0 -fno-builtin -o interpreter interpreter.c -L. -lwanted -Wl,-rpath,"$PWD" || exit 1
"$MF_RUN" suite --hold 300ms --only-module libwanted.so -o wanted ./interpreter >out 2>err
is "a library of a program with thousands of stacks is come to in time" \
    "$(jq -c '[.findings[].injection.size]' wanted/findings.json)" '[67]'
is "... and the others are told" "$(grep -c '400[0-9] stacks are of other modules' err)" 1

# A wrapper is known when all stacks are: what a wanted module asked for through it is told.
cat >wrap.c <<'END'
#include <stdlib.h>
void *wrap(int size);
void *wrap(int size) {
    void *block = malloc(size ? size : 1);
    return block;
}
END
cat >asks.c <<'END'
#include <stdlib.h>
void *wrap(int size);
int main(void) {
    char *one = wrap(10), *other = wrap(11), *own = malloc(12);
    free(one), free(other), free(own);
    return 0;
}
END
${CC:-cc} -g -O1 -fno-builtin -shared -fPIC -o libwrap.so wrap.c || exit 1
${CC:-cc} -g -O0 -fno-builtin -o asks asks.c -L. -lwrap -Wl,-rpath,"$PWD" || exit 1
"$MF_RUN" suite --only-module asks -o asked ./asks >out 2>err
like "a wanted module's allocations in a wrapper of another one are told" "$(cat err)" \
    '2 of 6 failures tried.*4 came through an allocation wrapper of a module that is not wanted'
"$MF_RUN" suite --skip-module asks -o asked ./asks >out 2>err
like "... and are planned where they are tried" "$(cat err)" '4 of 4 failures tried'
plan
