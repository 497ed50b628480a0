#!/bin/sh
# SPDX-License-Identifier: MIT
# What a suite leaves: points that are out of reach in place are kept with their commands, and
# --fresh tries them in runs of those, when the suite has ended.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# program NAME: build a program of the suite.
program() {
    { cat "$MF_SOURCE/tests/targets/member.h"; cat; } >"$1.c"
    ${CC:-cc} -g -O0 -fno-builtin -pthread -o "$1" "$1.c" || exit 1
}

# Another thread runs. It has its word from the environment, and a file from its directory.
program threaded <<'END'
#include <pthread.h>
static volatile int stop;
static void *spin(void *unused) {
    while (!stop) {}
    return unused;
}
int main(void) {
    pthread_t thread;
    FILE *file = fopen("here.txt", "r");
    if (!file || !getenv("WORD") || pthread_create(&thread, NULL, spin, NULL) != 0) {
        return 2;
    }
    char *text = malloc(40);
    strcpy(text, getenv("WORD"));
    puts(text);
    free(text);
    stop = 1;
    pthread_join(thread, NULL);
    fclose(file);
    return 0;
}
END
# Memory is shared and written. It wants something to read.
program shares <<'END'
#include <assert.h>
#include <sys/mman.h>
int main(void) {
    int *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (getchar() != 'i') {
        return 3;
    }
    void *block = malloc(41);
    *page = 1;
    assert(block);
    free(block);
    return 0;
}
END
# It talks to the network, and waits for an answer that never comes where memory ran out.
program talks <<'END'
#include <arpa/inet.h>
#include <unistd.h>
int main(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(at);
    char answer = 0;
    void *block = malloc(42);
    int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(one, (void *)&at, size) || getsockname(one, (void *)&at, &size)) {
        return 4;
    }
    if (block && sendto(other, "y", 1, 0, (void *)&at, size) != 1) {
        return 5;
    }
    int good = read(one, &answer, 1) == 1;
    free(block);
    return !good;
}
END
# It does something else each time.
program moody <<'END'
#include <sys/mman.h>
int main(void) {
    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FILE *file = fopen("moods", "a+");
    free(malloc(43));
    fputc('x', file);
    return (int)ftell(file);
}
END

mkdir sub
echo indeed >input.txt
echo here >sub/here.txt
cat >suite.sh <<'END'
(cd sub && WORD=value ../threaded)
./shares <input.txt
./talks
END
sh suite.sh >alone.out
"$MF_RUN" suite -o left sh suite.sh >out 2>err
is "without --fresh it is the suite alone that runs" "$? $(cat out)" "0 $(cat alone.out)"
like "what is left is told" "$(cat err)" 'failures are left: --fresh tries them'
# of PROGRAM RESULTS: what is known of what a program left.
of() {
    jq -c --arg name "$1" '.left[] | select(.program | endswith($name)) |
        [(.arguments | join(" ")), .directory, .input, (.failures | map(.reason) | unique)]' \
        "$2/findings.json"
}
here=$(pwd -P)
is "with the reason, the command and its directory" "$(of threaded left)" \
    "[\"../threaded\",\"$here/sub\",null,[\"had several threads\"]]"
is "... and its input" "$(of shares left)" \
    "[\"./shares\",\"$here\",\"$here/input.txt\",[\"had writable shared memory\"]]"
is "... and its environment" \
    "$(jq '[.left[] | select(.environment | index("WORD=value"))] | length' left/findings.json)" 1

"$MF_RUN" suite --fresh --timeout 500ms -o found sh suite.sh >out 2>err
is "with --fresh what it finds counts" "$?" 1
is "the suite's output stays its own" "$(cat out)" "$(cat alone.out)"
# by SIZE: what was found of the allocations of that size.
by() {
    jq -r --argjson size "$1" '[.findings[] | select(.injection.size == $size) |
        "\(.outcome): \(.class) \(.fresh)"] | join(" ")' found/findings.json
}
is "a crash with threads" "$(by 40)" "crashed: null dereference true"
is "an assertion with shared memory" "$(by 41)" "crashed: assertion true"
like "a hang of what talks to the network" "$(by 42)" "^hung: .* true$"
is "no more" "$(jq '[.findings[] | select(.defect)] | length' found/findings.json)" 3
is "nothing is left" "$(jq '.planned == .tried' found/findings.json)" true
is "what was tried so is told" \
    "$(jq '[.left[].failures[] | select(.fresh != "tried after the suite")] | length' found/findings.json)" 0
like "... in the summary, too" "$(cat err)" 'of them were tried after the suite, by running their commands again'
like "and in each finding" "$(cat err)" 'in      \.\./threaded, found after the suite'
for size in 40 41; do
    file=found/$(jq -r --argjson size $size '.findings[] | select(.injection.size == $size) | .reproducer' found/findings.json)
    says 0 'the same finding came back' "a reproducer brings $size bytes back" \
        sh -c "cd / && '$MF_RUN' replay '$here/$file'"
done

# What cannot be run again.
cat >others.sh <<'END'
echo indeed | ./shares
./moody
mkdir gone
echo here >gone/here.txt
(cd gone && WORD=value ../threaded)
rm -r gone
END
"$MF_RUN" suite --fresh -o others sh others.sh >out 2>err
# why NAME: why what a program left was not tried.
why() {
    jq -r --arg name "$1" '[.left[] | select(.program | endswith($name)) | .failures[].fresh] |
        unique[]' others/findings.json
}
is "what reads from a pipe" "$(why shares)" "the command's input was a pipe"
is "what does something else each time" "$(why moody)" \
    "the command does not end by itself, or ends differently each time"
is "what ran where nothing is any more" "$(why threaded)" \
    "the command's program, directory or input is gone"
like "... and what would help" "$(cat err)" "^mallocfail: to have all tried, keep what the suite builds \(of Go: "
like "... is counted by reason" "$(cat err)" "not tried: the command's input was a pipe \([0-9]+\), "
like "... and it is said what to do" "$(cat err)" 'save its input in a file, and run mallocfail --input FILE'

# A program that the suite has built, and removed.
cat >builds.sh <<'END'
cp shares built
WORD=value ./built <sub/here.txt
rm built
END
"$MF_RUN" suite -o builds sh builds.sh >out 2>err
like "a program that is gone is named, with what would help" "$(cat err)" \
    'no longer there, so that stacks have no names of it, and --fresh cannot run it: built; keep what'

# A pipe of the suite's own is no test's.
says 1 'found after the suite' "a pipe that is the suite's is not the command's" \
    sh -c "cd sub && : | WORD=value '$MF_RUN' suite --fresh -o ../piped ../threaded"

# A reproducer of what was found in place says that its input was a pipe.
program reads <<'END'
int main(void) {
    char *block = malloc(44);
    block[0] = 1;
    int got = getchar();
    free(block);
    return got == EOF;
}
END
echo 'echo word | ./reads' >reads.sh
"$MF_RUN" suite -o reads.out sh reads.sh >out 2>err
like "what is found says that the input was a pipe" "$(cat err)" 'input   a pipe, .*: add --input FILE'
file=reads.out/$(jq -r '.findings[0].reproducer' reads.out/findings.json)
says 0 'its input was a pipe, which is not kept' "a replay says that the input was a pipe" \
    "$MF_RUN" replay "$file"

# What is tried in place there, and writes something else, is seen twice. The suite may have the
# time to try one failure itself: that is the first allocation's.
program silent <<'END'
int main(void) {
    free(malloc(47));
    char *block = malloc(48);
    puts(block ? "right" : "wrong");
    free(block);
    return 0;
}
END
"$MF_RUN" suite -q --hold 0.001ms --fresh -o silent.out ./silent >out 2>err
is "wrong output, in place after the suite" \
    "$(jq -c '[.trials[] | select(.number == 2 and .outcome == "silent")] | length' silent.out/findings.json)" 2

# What the suite had no time for is tried, too; in place, where that can be.
program long <<'END'
static void *spin(int depth) {
    void *block = depth > 0 ? spin(depth - 1) : malloc(46);
    if (!block) {
        for (volatile long i = 0; i < 20000000; i++) {}
    }
    return block;
}
static void *two(void) { return malloc(47); }
int main(void) {
    void *first = spin(2);
    char *second = two();
    second[0] = 1;
    free(first);
    free(second);
    return 0;
}
END
"$MF_RUN" suite -q --hold 1ms -o short ./long 2>err
"$MF_RUN" suite -q --hold 1ms --fresh -o long.out ./long 2>err
is "held for a moment only, it leaves something" "$(jq '.planned > .tried' short/findings.json)" true
is "... which is tried afterwards" "$(jq '.planned == .tried' long.out/findings.json)" true
is "... in place" "$(jq '.tried - .in_place - .inferred <= 2' long.out/findings.json)" true
is "... and found" "$(jq '[.findings[] | select(.injection.size == 47)] | length' long.out/findings.json)" 1

# What was not run to its end is run on.
program lasts <<'END'
#include <unistd.h>
int main(void) {
    char *block = malloc(48);
    usleep(800000);
    if (!block) {
        block[0] = 1;
    }
    free(block);
    return 0;
}
END
"$MF_RUN" suite -o lasts.out --timeout 300ms ./lasts 2>err
like "what is not run to its end is told" "$(cat err)" '2 failures were not run to their end: --fresh does so'
"$MF_RUN" suite --fresh -o lasts.out --timeout 500ms ./lasts 2>err
is "... and run to it by --fresh" "$(jq -c '[.outcomes.survived, .outcomes.crashed]' lasts.out/findings.json)" '[0,2]'
like "... which says what it does" "$(cat err)" 'running again, for 2 failures: ./lasts$'

# Time.
program slow <<'END'
#include <sys/mman.h>
#include <unistd.h>
#define A(n) free(malloc(50 + n));
#define B(n) A(n##0) A(n##1) A(n##2) A(n##3) A(n##4) A(n##5) A(n##6) A(n##7)
int main(void) {
    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    B(1) B(2) B(3)
    usleep(400000);
    return 0;
}
END
start=$(date +%s%N)
"$MF_RUN" suite --fresh-within 1200ms -o slow.out ./slow >out 2>err
took=$((($(date +%s%N) - start) / 1000000))
# Its own run, and some for the rest: without a limit it takes 19 s.
is "--fresh-within ends in time ($took ms)" "$((took < 6000))" 1
like "... and what is left is told" "$(cat err)" 'not tried: there was no time left \([0-9]+\)'
"$MF_RUN" suite --fresh -o slow.out ./slow >out 2>err &
runner=$!
sleep 1.5
start=$(date +%s%N)
kill -INT "$runner"
wait "$runner"
is "Ctrl-C ends it" "$?" 130
took=$((($(date +%s%N) - start) / 1000000))
is "... soon ($took ms)" "$((took < 2000))" 1
like "... with what was found" "$(cat err)" 'defects? in .* of .* failures tried; results in slow.out'
is "... and no process" "$(pgrep -f "$here/slow")" ""

# Threads that come to new stacks at the same time do not get into each other's way.
program many <<'END'
#include <pthread.h>
#define A(n) static void *a##n(void) { return malloc(100 + n); }
#define B(n) A(n##0) A(n##1) A(n##2) A(n##3) A(n##4) A(n##5) A(n##6) A(n##7)
B(1) B(2) B(3) B(4)
#define C(n) a##n,
#define D(n) C(n##0) C(n##1) C(n##2) C(n##3) C(n##4) C(n##5) C(n##6) C(n##7)
static void *(*const all[])(void) = {D(1) D(2) D(3) D(4)};
static void *work(void *from) {
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        free(all[(i + (size_t)from) % (sizeof(all) / sizeof(all[0]))]());
    }
    return NULL;
}
int main(void) {
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++) {
        pthread_create(&threads[i], NULL, work, (void *)(4 * i));
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
    }
    puts("many: fine");
    return 0;
}
END
is "many threads at once" "$(for _ in 1 2 3 4 5; do "$MF_RUN" suite -q -o many.out ./many 2>err; done | sort | uniq -c | tr -s ' ')" \
    " 5 many: fine"
plan
