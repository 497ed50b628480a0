#!/bin/sh
# SPDX-License-Identifier: MIT
# What a process comes to by itself, when nothing fails, is no consequence of a failure; what
# the failure comes to in the same programs is found all the same.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# program NAME: build a program of the suite.
program() {
    {
        cat <<'END'
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
END
        cat
    } >"$1.c"
    ${CC:-cc} -g -O0 -fno-builtin -o "$1" "$1.c" || exit 1
}

# findings DIRECTORY: of each finding, the outcome and the size of the block that failed.
findings() {
    jq -r '[.findings[] | "\(.outcome) \(.injection.size)"] | sort | join(", ")' "$1/findings.json"
}

# own DIRECTORY: the ends that are the processes' own.
own() {
    jq -r '[.own_ends[].end] | sort | join(", ")' "$1/findings.json"
}

# It provokes a signal, catches it, and goes on; it breaks without the block of 11 bytes.
program jumps <<'END'
static sigjmp_buf back;
static void on_signal(int number) { siglongjmp(back, number); }
static void provoke(void) {
    int *volatile none = NULL;
    if (sigsetjmp(back, 1) == 0) {
        *none = 1;
    }
}
int main(void) {
    free(malloc(10));
    signal(SIGSEGV, on_signal);
    char *first = malloc(11);
    provoke();
    signal(SIGSEGV, SIG_DFL);
    first[0] = 'x';
    free(first);
    return 0;
}
END
"$MF_RUN" suite -o jumps.out ./jumps 2>err
is "a signal that is provoked and caught: what breaks behind it is found" \
    "$(findings jumps.out)" 'crashed 11'
is "... and nothing ended there" "$(own jumps.out)" ""

# A test of a death, and the same place in earnest.
program death <<'END'
static void put(char *block) {
    assert(block);
    block[0] = 'x';
}
static void dies(void) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        free(malloc(20));
        put(NULL);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    assert(WIFSIGNALED(status));
}
int main(int argc, char **argv) {
    if (argc > 1) {
        char *block = malloc(21);
        put(block);
        free(block);
    }
    dies();
    return argv[0] == NULL;
}
END
says 0 'failures ended as the program does when nothing fails: SIGABRT in put\(\) at death.c:[0-9]+$' \
    "a test of a death is no defect" "$MF_RUN" suite -o death.out ./death
is "... and JSON has it" "$(jq -c '[.own_ends[] | .failures > 0]' death.out/findings.json)" '[true]'
"$MF_RUN" suite -o both.out ./death all 2>err
is "the same place is one where a failure leads there" "$(findings both.out)" 'crashed 21'
"$MF_RUN" suite -o order.out sh -c './death; ./death all' 2>err
is "... also where a death was first" "$(findings order.out)" 'crashed 21'

# Programs that end badly in any case.
program ends <<'END'
static volatile int depth;
static int again(int value) {
    char room[64];
    memset(room, value, sizeof(room));
    depth++;
    return again(value + 1) + room[1];
}
int main(int argc, char **argv) {
    int *volatile none = NULL;
    char *block = malloc(30);
    block[0] = 'x';
    free(block);
    free(malloc(31));
    switch (argv[1][0]) {
    case 'a': assert(argc < 0); break;
    case 'd': return again(0);
    case 'r': return raise(SIGABRT);
    case 's': *none = 1; break;
    }
    return 0;
}
END
for how in assert deep raise signal; do
    "$MF_RUN" suite -o $how.out sh -c "./ends $how; :" >out 2>err
    is "a program that always ends badly ($how)" "$(findings $how.out)" 'crashed 30'
    like "... which is told" "$(cat err)" 'ended as the program does when nothing fails: SIG(ABRT|SEGV) in '
done

# The failure keeps a handler from being set: what is caught otherwise is a crash.
program unset <<'END'
static sigjmp_buf back;
static void on_signal(int number) { siglongjmp(back, number); }
int main(void) {
    int *volatile none = NULL;
    char *block = malloc(40);
    if (block) {
        signal(SIGSEGV, on_signal);
    }
    if (sigsetjmp(back, 1) == 0) {
        *none = 1;
    }
    free(block);
    return 0;
}
END
"$MF_RUN" suite -o unset.out ./unset 2>err
is "a signal that is not caught then is a crash" "$(findings unset.out)" 'crashed 40'

# Servers that the test ends.
program server <<'END'
static volatile sig_atomic_t stop;
static void on_signal(int number) { stop = number; }
static void turn(int busy) {
    poll(NULL, 0, busy ? 5 : 1000);
    for (volatile int i = 0; busy && i < 200000; i++) {}
}
static void serve(int busy) {
    while (!stop) {
        turn(busy);
    }
}
int main(int argc, char **argv) {
    if (argv[1][0] != 'd') {
        signal(SIGTERM, on_signal);
    }
    close(open(argv[1], O_CREAT | O_WRONLY, 0600));
    void *optional = malloc(50);
    serve(argv[1][0] == 'b');
    void *last = malloc(51);
    while (!last) {
        poll(NULL, 0, 10);
    }
    free(last);
    free(optional);
    return argc < 2;
}
END
cat >serve.sh <<'END'
./server "$1" &
while [ ! -e "$1" ]; do sleep 0.02; done
sleep 0.2
kill $!
wait $!
:
END
for how in waits busy dies; do
    "$MF_RUN" suite --timeout 300ms --hold 60s -o $how.out sh ./serve.sh $how >out 2>err
    lost='hung 51'
    [ $how = dies ] && lost=
    is "a server that its test ends ($how)" "$(findings $how.out)" "$lost"
    like "... which is told" "$(cat err)" \
        'ended as the program does when nothing fails: no end in (serve|turn)\(\) at server.c:'
done

# A true hang where the process waits, too, but not for ever.
program waits <<'END'
static void await(int turns) {
    while (turns != 0) {
        poll(NULL, 0, 5);
        turns--;
    }
}
int main(void) {
    void *block = malloc(60);
    await(block ? 4 : -1);
    free(block);
    return 0;
}
END
"$MF_RUN" suite --timeout 300ms --hold 60s -o waits.out ./waits 2>err
is "a hang in a loop that ends otherwise" "$(findings waits.out)" 'hung 60'
# What a process does by itself says nothing of a later one that has its number.
cat >numbered.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char *block;
    if (argc > 1) {
        block = malloc(61);
    } else {
        block = malloc(62);
    }
    printf("%d\n", (int)getpid());
    fflush(stdout);
    if (argc > 1 || !block) {
        *(char *volatile)16 = 1;
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -w -O0 -fno-builtin -o numbered numbered.c || exit 1
cat >numbers.sh <<'END'
first=$(./numbered crash 2>/dev/null)
echo $((first - 1)) 2>/dev/null >/proc/sys/kernel/ns_last_pid
second=$(./numbered)
[ "$first" != "$second" ] || : >again
END
"$MF_RUN" suite --hold 20s -o numbers.out sh ./numbers.sh >out 2>err
if [ -e again ]; then
    is "a process with the number of an earlier one" "$(findings numbers.out)" \
        'crashed 62'
else
    skip "a process with the number of an earlier one" "numbers cannot be chosen here"
fi
plan
