#!/bin/sh
# SPDX-License-Identifier: MIT
# Explorations that have other things than memory run out, too: --also.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "linkage tables of $(uname -m) are not known" ;;
esac

# One defect for each group; a line that says which breaks where.
cat >defects.c <<'EOC'
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
static int *slots[64];
__attribute__((noinline)) static int first_byte(const char *name) {
    FILE *file = fopen(name, "r");
    int byte = fgetc(file); // files
    fclose(file);
    return byte;
}
__attribute__((noinline)) static void make_socket(void) {
    static int room[64];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    slots[5] = fd < 0 ? NULL : &room[5];
    *slots[5] = fd; // sockets
    close(fd);
}
static void *work(void *shared) {
    *(int *)shared = 7;
    return NULL;
}
__attribute__((noinline)) static int start_thread(void) {
    static int result;
    pthread_t thread;
    int *shown = pthread_create(&thread, NULL, work, &result) ? NULL : &result;
    if (shown) {
        pthread_join(thread, NULL);
    }
    return *shown; // threads
}
__attribute__((noinline)) static int start_process(void) {
    static int results[2];
    pid_t pid = fork();
    if (pid == 0) {
        _exit(3);
    }
    int *result = pid < 0 ? NULL : results;
    waitpid(pid, result, 0);
    return WEXITSTATUS(*result); // processes
}
__attribute__((noinline)) static int map(void) {
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mprotect(page, 4096, PROT_READ) != 0) {
        page = NULL;
    }
    return page[0]; // mappings
}
int main(void) {
    char *word = strdup("memory");
    if (!word) {
        return 3;
    }
    int byte = first_byte("/proc/version");
    make_socket();
    printf("%s %d %d %d\n", word, byte, map(), start_process());
    fflush(stdout);
    printf("%d\n", start_thread());
    free(word);
    return 0;
}
EOC
"${CC:-cc}" -g -w -O1 -o defects defects.c -lpthread || exit 1
line() {
    grep -n "// $1" defects.c | cut -d: -f1
}
# found DIRECTORY: the functions of the injections, and where they broke.
found() {
    jq -r '.findings[] | select(.outcome == "crashed") | [.injection.function, .injection.errno, .crash_site.line] | join(" ")' \
        "$1/findings.json" | sort
}
wanted="fopen EMFILE $(line files)
fork EAGAIN $(line processes)
mmap ENOMEM $(line mappings)
pthread_create EAGAIN $(line threads)
socket EMFILE $(line sockets)"
all=files,sockets,threads,processes,mappings

for strategy in in-place fresh; do
    says 1 'calls from' "$strategy: a clean run counts calls, not allocations" \
        timeout 100 "$MF_RUN" -o "$strategy" --strategy $strategy --also $all -- ./defects
    like "... and says of which functions" "$(cat err)" '1 fopen, 1 socket, 1 pthread_create, 1 fork,'
    is "... a defect of each group is found, once" "$(found $strategy)" "$wanted"
done
like "the sentence says with what it failed" "$(jq -r '.findings[].explanation' in-place/findings.json)" \
    'after pthread_create\(\) failed with EAGAIN at defects\.c:[0-9]+'
like "... and a NULL from one is known as its" "$(jq -r '.findings[].explanation' in-place/findings.json)" \
    'the NULL from fopen\(\) at defects\.c:[0-9]+'
timeout 60 "$MF_RUN" --list --also files,threads -- ./defects >list 2>err
like "a list of the points names them" "$(cat list)" '[0-9]+ +fopen  [0-9a-f]{16}  first_byte at defects.c:[0-9]+'
timeout 60 "$MF_RUN" -q -o formats --mode once --also files --report junit:junit.xml --report github:github -- ./defects >out 2>err
like "JUnit and GitHub name the call without a size" "$(cat junit.xml github)" 'after fopen\(\) failed in first_byte'
is "... and no call with one" "$(grep -c 'fopen(0)' junit.xml github)" "$(printf 'junit.xml:0\ngithub:0')"
numbers='[0-9] allocations?|allocations fail|>Allocations<'
# A finding of memory is one in HTML and text.
for words in "sarif:[a-z] failed allocation|n allocation failed|$numbers" "html:$numbers" "text:$numbers"; do
    "$MF_RUN" report -f "${words%%:*}" formats >words 2>err
    unlike "calls are not taken for allocations by ${words%%:*}" "$(cat words)" "${words#*:}"
done
"$MF_RUN" --policy '{"version":1,"rules":[{"functions":["files"],"nth":1}]}' ./defects 2>err >out
like "a run under a policy for other functions counts calls" "$(cat err)" 'mallocfail: [0-9]+ calls?, 1 failed'
is "the results say what failed beside memory" "$(jq -c .run.also in-place/findings.json)" \
    '["files","sockets","threads","processes","mappings"]'
for signature in $(jq -r '.findings[] | select(.injection.errno) | .signature' in-place/findings.json); do
    says 0 'same finding came back' "the reproducer of $(jq -r ".findings[] | select(.signature == \"$signature\") | .injection.function" in-place/findings.json) brings it back" \
        "$MF_RUN" replay "in-place/reproducers/$signature.json"
done
says 125 '\-\-also differs' "results without them are not gone on with" \
    "$MF_RUN" -o other --resume in-place -- ./defects
says 125 "not 'fils'; did you mean 'files'" "an unknown group is refused" "$MF_RUN" --also fils -- ./defects
says 125 "not 'files,opn'" "... also behind a known one" "$MF_RUN" --also files,opn -- ./defects
timeout 60 "$MF_RUN" -o plain -- ./defects >out 2>err
is "without --also nothing of it fails" "$(jq -c '[.findings[].injection.errno // empty]' plain/findings.json) $(grep -c ' allocations from [0-9]' err)" '[] 1'
# Where all fails from a point on, all of its group does.
cat >again.c <<'EOC'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    int fd = open("/dev/null", O_RDONLY);
    if (fd < 0) {
        char *more = malloc(10);
        if (!more) {
            abort();
        }
        fd = open("/dev/zero", O_RDONLY);
        if (fd < 0) {
            *(volatile int *)0 = fd; // BREAKS
        }
    }
    puts("fine");
    return 0;
}
EOC
"${CC:-cc}" -g -w -O1 -o again again.c || exit 1
says 0 'calls none of the functions of --also' "what is not called is told" \
    timeout 60 "$MF_RUN" -o none --also sem_open -- ./again
cat >own.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
FILE *tmpfile(void) { return NULL; }
int main(void) {
    free(malloc(10));
    return tmpfile() != NULL;
}
EOC
"${CC:-cc}" -w -O0 -o own own.c || exit 1
says 0 'not tried: a function of --also that the program has itself \(tmpfile in own\)' \
    "what the program has itself is told" timeout 60 "$MF_RUN" -o own.out --also files -- ./own
for strategy in in-place fresh; do
    timeout 60 "$MF_RUN" -q -o "again-$strategy" --strategy $strategy --also open -- ./again >out 2>err
    is "$strategy: a second open() fails, too, and no malloc()" \
        "$(jq -c '[.findings[] | [.outcome, .injection.function, .crash_site.line]]' "again-$strategy/findings.json")" \
        "[[\"crashed\",\"open\",$(grep -n BREAKS again.c | cut -d: -f1)]]"
done
plan
