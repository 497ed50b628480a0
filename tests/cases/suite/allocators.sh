#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs with an allocator inside that others start: those of a suite, and what a program
# executes. The first process that runs one asks for its patches.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "no jumps are known for $(uname -m)" ;;
esac
cp "$MF_SOURCE"/tests/targets/inside/*.c .
breaks=$(grep -n BREAKS use.c | cut -d: -f1)
${CC:-cc} -g -w -fno-builtin -o use use.c heap.c || exit 1

# crashes: the crashed findings, each as program and line.
crashes() {
    jq -c '[.findings[] | select(.outcome == "crashed") | [.program, .crash_site.line]] | sort' found/findings.json
}
says 1 '4 of 4 stacks' "a suite tries the stacks of a program with its own malloc" \
    timeout 60 "$MF_RUN" suite -o found -- sh -c './use; ./use; ./use'
is "... and finds its defect" "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line]' found/findings.json)" "[$breaks]"
unlike "... and names no program that is not tested" "$(cat err)" 'malloc inside'
like "... and what is not reached" "$(cat err)" '^mallocfail: not tried: allocations by library constructors .* \(malloc in use\)'
like "... and what its allocator may not look for" "$(cat err)" '^mallocfail: not seen in use: uses after free'
is "... in the results, too" "$(jq -c '[.not_seen[].programs]' found/findings.json)" '[["use"]]'
file=found/$(jq -r '.findings[] | select(.outcome == "crashed") | .reproducer' found/findings.json)
says 0 'same finding came back' "... its reproducer brings it back" timeout 60 "$MF_RUN" replay "$file"
is "what ran is as without us" "$("$MF_RUN" suite -q -o found -- sh -c './use; ./use' 2>err)" 'abab
abab'

cp use other
says 1 '4 of 4 stacks' "two programs of a suite at the same time" \
    timeout 60 "$MF_RUN" suite -o found -- sh -c './use & ./other & ./use & ./other & wait'
${CC:-cc} -g -w -fno-builtin -fsanitize=undefined -o plain use.c || exit 1
for way in "clang -fsanitize=address" "gcc -fsanitize=address -static-libasan" "clang -fsanitize=thread" \
    "clang -fsanitize=memory" "gcc jemalloc"; do
    library=
    [ "$way" != "gcc jemalloc" ] || library='-l:libjemalloc.a -lstdc++ -lm -ldl -pthread'
    # shellcheck disable=SC2086 # words on purpose
    if ! ${way% jemalloc} -g -w -fno-builtin -o sane use.c $library 2>/dev/null || ! ./sane >out; then
        skip "of a suite, $way" "cannot be built here"
        continue
    fi
    timeout 60 "$MF_RUN" suite -q -o found -- sh -c './sane && ./plain' >out 2>err
    is "of a suite, beside a plain one: $way" \
        "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line] | unique' found/findings.json)" \
        "[$breaks]"
done

if [ "$(uname -m)" = x86_64 ]; then
    cat >stubborn.c <<'EOC'
__asm__(".globl malloc\n.type malloc, @function\nmalloc: nop\n1: dec %eax\njg 1b\njmp take\n.size malloc, . - malloc");
void *malloc(unsigned long);
static char room[1 << 20], *next = room;
__attribute__((used)) static void *take(unsigned long size) { return (next += (size + 15) & ~15ul) - ((size + 15) & ~15ul); }
void free(void *block) { (void)block; }
int main(void) { return !__builtin_strchr((char *)__builtin_memset(malloc(3), 0, 3), 0); }
EOC
    ${CC:-cc} -w -fno-builtin -o stubborn stubborn.c || exit 1
    says 125 'not tested, because they have a malloc inside: stubborn \(1\)' "one that takes no jump is named" \
        timeout 60 "$MF_RUN" suite -o found -- sh -c ./stubborn
else
    skip "one that takes no jump is named" "it is made for x86-64"
fi

# Many of them, more than have a place: each asks for itself.
mkdir many
for i in $(seq 70); do
    ln use "many/use$i" 2>/dev/null && cp use "many/own$i"
done
# shellcheck disable=SC2016 # for the inner shell
timeout 100 "$MF_RUN" suite -o found -- sh -c 'for p in many/own*; do $p; done' >out 2>err
unlike "more programs than there are places" "$(cat err)" 'malloc inside'
is "... all of them ran" "$(grep -c abab out)" 70
like "... what is true of all is told once" "$(cat err)" '\(malloc in own[0-9]+ and 69 more\)'
like "... and names some of them" "$(cat err)" '^mallocfail: not seen in own1, own.* and 58 more: '

# Memory that a program maps for itself may be a pool.
cat >maps.c <<'EOC'
#include <stdlib.h>
#include <sys/mman.h>
int main(void) {
    char *pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    free(malloc(4));
    return pool == MAP_FAILED;
}
EOC
${CC:-cc} -g -w -fno-builtin -o maps maps.c || exit 1
says 0 'not tried: allocations from memory that the program maps itself \(mmap in maps\)' \
    "memory that a program maps itself" "$MF_RUN" suite -o found -- sh -c './maps; ./maps'

# What a program executes has its allocations counted and failed, too.
cat >start.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    int status = 0;
    if (fork() == 0) {
        execl("./use", "use", (char *)0);
        _exit(9);
    }
    return wait(&status) < 0 || wait(NULL) >= 0 ? 8 : WEXITSTATUS(status);
}
EOC
${CC:-cc} -g -w -o start start.c || exit 1
is "after exec(2): its malloc fails" \
    "$("$MF_RUN" -q --policy "$(rule '"process":"use","functions":["malloc"],"nth":1')" -- ./start; echo $?)" 'no word
3'
is "... its realloc, too" \
    "$("$MF_RUN" -q --policy "$(rule '"process":"use","functions":["realloc"],"nth":1')" -- ./start; echo $?)" 'no room
4'
is "and the other way round" \
    "$(report "$(rule '"process":"use","functions":["malloc"],"nth":1')" '[.injections[0].function, .injections[0].frames[0].symbol]' ./start)" \
    '["malloc","twice"]'
timeout 60 "$MF_RUN" -q --follow -o found -- ./start >out 2>err
is "an exploration that follows finds its defect" \
    "$(jq -c '[.findings[] | select(.outcome == "crashed") | .crash_site.line] | unique' found/findings.json)" "[$breaks]"
plan
