#!/bin/sh
# SPDX-License-Identifier: MIT
# Static programs with children and threads, and what is left of them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read reports with"
[ "$(uname -m)" = x86_64 ] || skip_all "no breakpoints are known for $(uname -m)"
cat >forks.c <<'EOC'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void tell(const char *who) {
    char text[64];
    int length = 0;
    for (int i = 0; i < 4; i++) {
        text[length++] = malloc(16) ? '+' : '-';
    }
    length += snprintf(text + length, sizeof(text) - (size_t)length, " %s\n", who);
    write(1, text, (size_t)length);
}
int main(int argc, char **argv) {
    if (argc > 1) {
        tell(argv[1]);
        return 0;
    }
    tell("first");
    pid_t child = fork();
    if (child == 0) {
        tell("child");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    child = vfork();
    if (child == 0) {
        execl("/proc/self/exe", argv[0], "again", NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
    tell("last");
    return 0;
}
EOC
cat >threads.c <<'EOC'
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic int failed;
static void *work(void *context) {
    for (int i = 0; i < 5000; i++) {
        void *volatile block = malloc(24);
        failed += !block;
        free(block);
    }
    return context;
}
int main(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    static char text[64];
    setvbuf(stdout, text, _IOFBF, sizeof(text));
    printf("%d\n", failed);
    return 0;
}
EOC
for compiler in "${CC:-cc}" musl-gcc; do
    if ! $compiler -g -w -fno-builtin -static -o forks forks.c 2>/dev/null ||
        ! $compiler -g -w -fno-builtin -static -pthread -o threads threads.c 2>/dev/null; then
        skip "children and threads, $compiler" "cannot be built here"
        continue
    fi
    is "each process counts by itself, $compiler" \
        "$(under "$(rules '{"nth":3}' '"arm":"main"')" ./forks)" \
        '++-+ first
++-+ child
++-+ again
++++ last'
    is "so it does where each call is looked at" \
        "$(under "$(rules '{"size":{"min":16,"max":16},"nth":[1,3]}' '"arm":"main"')" ./forks)" \
        '-+-+ first
-+-+ child
-+-+ again
++++ last'
    is "one process of them" \
        "$(under "$(rules '{"process_index":2,"nth":1}' '"arm":"main"')" ./forks)" \
        '++++ first
-+++ child
++++ again
++++ last'
    is "a report tells them apart" \
        "$(report "$(rules '{"nth":3}' '"arm":"main"')" '[.processes[] | [.allocations, .failed]]' ./forks)" \
        '[[8,1],[4,1],[4,1]]'
    is "threads share one count, and none of their calls is lost" \
        "$(under "$(rule '"functions":["malloc"],"size":{"max":1000},"every":100')" ./threads)" 200
    is "also where it is patched in" \
        "$(under "$(rule '"functions":["malloc"],"every":100')" ./threads)" 200
done

cat >outlives.c <<'EOC'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    if (fork() == 0) {
        setsid();
        for (int i = 0; i < 30; i++) {
            free(malloc(16));
            usleep(20000);
        }
        close(open("lived", O_CREAT | O_WRONLY, 0600));
        _exit(0);
    }
    usleep(50000);
    return 0;
}
EOC
${CC:-cc} -g -w -fno-builtin -static -o outlives outlives.c
"$MF_RUN" -q --policy "$(rule '"size":{"min":1000000}')" -- ./outlives
ok "a process that outlives mallocfail goes on without it" until_true test -e lived

cat >waits.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    FILE *file = fopen("pids", "w");
    pid_t child = fork();
    if (child) {
        fprintf(file, "%d\n%d\n", getpid(), child);
        fclose(file);
    }
    for (;;) {
        free(malloc(16));
        usleep(1000);
    }
}
EOC
${CC:-cc} -g -w -fno-builtin -static -o waits waits.c
rm -f pids
timeout -s INT 1 "$MF_RUN" -q --policy "$(rule '"size":{"min":1000000}')" -- ./waits >/dev/null 2>&1
[ -s pids ] || echo 1 >pids
ok "an interrupt leaves nothing" gone pids
rm -f pids
timeout -s INT 1 "$MF_RUN" -q -o found -- ./waits >/dev/null 2>&1
[ -s pids ] || echo 1 >pids
ok "nor does one of an exploration" gone pids
rm -f pids
"$MF_RUN" -q --policy "$(rule '"size":{"min":1000000}')" -- ./waits >/dev/null 2>&1 &
until_true test -s pids
says 125 'linked statically, and keeps the policy it began with' "ctl says that it cannot be controlled" \
    "$MF_RUN" ctl --policy "$NEVER" "$(head -n 1 pids)"
kill "$!"
ok "and a termination leaves nothing either" gone pids
rm -f pids
timeout -s KILL 1 "$MF_RUN" -q --policy "$(rule '"size":{"min":1000000}')" -- ./waits >/dev/null 2>&1
[ -s pids ] || echo 1 >pids
ok "nor does a mallocfail that is killed" gone pids
plan
