#!/bin/sh
# SPDX-License-Identifier: MIT
# --leaks: what a run leaves that a clean run frees.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
leaker=$MF_TARGETS/leaker

# field FILTER: from the results.
field() {
    jq -c "$1" found/findings.json
}

# leaks STATUS WANTED DESCRIPTION WAY: an exploration ends with the status and these leaks:
# blocks, bytes and the function that allocated them, for each finding.
leaks() {
    leaks_status=$1 leaks_want=$2 leaks_what=$3
    shift 3
    rm -rf found
    "$MF_RUN" -o found --mode once --leaks -- "$leaker" "$@" >std 2>told
    leaks_got=$?
    leaks_list=$(field '[.findings[]|select(.outcome=="leaked")|.leaks[]|
        "\(.blocks) \(.bytes) \([.frames[].function]-["strdup","__strdup"]|first)"]|sort')
    is "$leaks_what" "$leaks_got $leaks_list" "$leaks_status $leaks_want"
}

leaks 1 '["1 100 work"]' "an error path that forgets a block, and exits with 0" quiet
like "its stack is shown" "$(cat told)" 'leaked +1 block of 100 bytes, allocated in'
like "and the failed allocation" "$(cat told)" 'failed +malloc\(20\), number 2'
reproducer=found/reproducers/$(jq -r '.findings[0].signature' found/findings.json).json
like "reports of the results show it, too" "$("$MF_RUN" report found)" 'leaked +1 block of 100 bytes, allocated in'
says 0 '1 block of 100 bytes' "it comes back" "$MF_RUN" replay "$reproducer"
status_is 1 "not of another program" "$MF_RUN" replay -q "$reproducer" -- "$leaker" careful
leaks 1 '["1 100 work"]' "one that exits with 1" loud
leaks 0 '[]' "one that frees all" careful
leaks 1 '["1 100 copies","1 7 copies"]' "what strdup() gave, and realloc() moved" copies
leaks 0 '[]' "a stream's buffer is the C library's own" prints
leaks 0 '[]' "who calls _exit() in the middle of a function has no chance to free" hurried
is "... so it is not known" "$(field '[.leaks_unknown[].reason]')" \
    '["that ended inside functions which held what is left"]'
leaks 0 '[]' "what a fork holds is its own" child
says 0 '^mallocfail: 0 defects, leaks not known of ([0-9]+) of \1 failures; results' \
    "... as the only line says, too, where something else runs it" \
    "$MF_RUN" -q -o found --leaks -- timeout 60 "$leaker" quiet
says 1 '1 defect' "all fail from one on" \
    "$MF_RUN" -o found --mode persistent --leaks -- "$leaker" loud
says 0 '0 defects' "nobody asked" "$MF_RUN" -o found -- "$leaker" quiet
leaks 0 '[]' "a clean run that keeps its block" keeps
leaks 1 '["1 100 grab"]' "a table is kept, and a block of its call site is lost" keeps-table
reproducer=found/reproducers/$(jq -r '.findings[0].signature' found/findings.json).json
says 0 '1 block of 100 bytes' "that comes back" "$MF_RUN" replay "$reproducer"
leaks 1 '["1 10 keeps_copies"]' "a copy is kept, and another one is lost" keeps-copies
leaks 0 '[]' "what is kept is made later" keeps-cache
leaks 0 '[]' "a buffer is kept that could not grow" keeps-buffer
leaks 1 '["1 10 keeps_buffer","1 10 keeps_buffer","1 64 keeps_buffer"]' \
    "one is lost that could not grow" \
    keeps-buffer-no-more
says 0 'executes leaker, and that is tested' "a program that becomes another, which frees all" \
    "$MF_RUN" -o found --leaks -- "$leaker" becomes

# Descriptors, and what has one inside.
cat >opens.c <<'EOC'
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
static int read_file(const char *name) {
    int fd = open(name, O_RDONLY);
    char *buffer = fd < 0 ? NULL : malloc(100);
    if (!buffer) {
        return -1; // fd is left open
    }
    free(buffer);
    return close(fd);
}
static int talk(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) {
        return -1;
    }
    int copy = dup(ends[0]);
    close(ends[0]);
    if (copy < 0) {
        return -1; // the other end is left open
    }
    return close(ends[1]) + close(copy);
}
static int list(void) {
    DIR *all = opendir("/proc/self/task");
    FILE *file = all ? fopen("/dev/null", "r") : NULL;
    if (!file) {
        return -1; // the folder is left open
    }
    return fclose(file) + closedir(all);
}
int main(int argc, char **argv) {
    int kept = open("/dev/null", O_RDONLY);
    int bad = argc > 1 ? read_file("/proc/version") | talk() | list() : 0;
    return bad || kept < 0;
}
EOC
"${CC:-cc}" -g -w -O1 -fno-builtin -o opens opens.c || exit 1
says 1 'leaked: 1 descriptor: a socket' "a descriptor that is left open" \
    "$MF_RUN" -o found --mode once --leaks --also files,sockets -- ./opens all
is "each is told once, with what it refers to" \
    "$(field '[.findings[] | select(.leaked.descriptors > 0) | .leaked.open[]] | sort')" \
    '["/proc/self/task","/proc/version","a socket"]'
for signature in $(field '.findings[] | select(.leaked.descriptors > 0) | .signature' | tr -d '"'); do
    says 0 'same finding came back' "it comes back" "$MF_RUN" replay "found/reproducers/$signature.json"
done
says 0 '0 defects' "what a clean run leaves open, too, is none" \
    "$MF_RUN" -o found --leaks --also files -- ./opens

# Where all fail from a point on, the first failure is the one that loses a block.
cat >repeats.c <<'EOC'
#include <stdlib.h>
static int work(void) {
    char *first = malloc(30), *second = first ? malloc(40) : NULL;
    if (!second) {
        return 1; // first is lost
    }
    free(second);
    free(first);
    return 0;
}
int main(void) {
    int bad = 0;
    for (int i = 0; i < 5; i++) {
        bad += work();
    }
    return bad;
}
EOC
"${CC:-cc}" -g -w -O0 -fno-builtin -o repeats repeats.c || exit 1
for command in explore suite; do
    rm -rf found
    "$MF_RUN" "$command" -q -o found --leaks ./repeats >std 2>told
    is "$command: a block that is lost before others fail is one finding" \
        "$(field '[.findings[] | [.injection.size, .leaks[].bytes]]')" '[[40,30]]'
done

# What the C library allocates deep inside for its caller is the caller's.
cat >given.c <<'EOC'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    char *text = NULL, *path = NULL, *word = NULL;
    if (asprintf(&text, "%s-%d", "a text", 1234) < 0) {
        return 2;
    }
    path = realpath("/proc/self/../version", NULL);
    int words = path ? sscanf("wordy", "%ms", &word) : 0;
    char *last = words == 1 ? malloc(50) : text;
    if (!last) {
        return 1; // all are lost
    }
    if (last != text) {
        free(last);
    }
    free(word);
    free(path);
    free(text);
    return 0;
}
EOC
"${CC:-cc}" -g -w -O1 -fno-builtin -o given given.c || exit 1
"$MF_RUN" -q -o found --leaks --mode once -- ./given >std 2>told
is "asprintf(), realpath() and sscanf() allocate for their callers" \
    "$(field '[.findings[] | select(.injection.size == 50) | .leaks[].blocks] | add')" 3
"$MF_RUN" suite -q -o found --leaks ./given >std 2>told
is "... in a suite, too" \
    "$(field '[.findings[] | select(.injection.size == 50) | .leaks[].blocks] | add')" 3

# Which leak it is: the last function that called for the block and for the failed allocation, and
# what it called for the block; who called that function makes no difference.
cat >loops.c <<'EOC'
#include <stdlib.h>
static void *wrap(void) { return malloc(65); }
static void *make(void) { return wrap(); }
static int lose(int many) {
    void *all[4] = {0}, *own = malloc(66);
    int bad = !own;
    for (int i = 0; i < many && !bad; i++) {
        all[i] = make();
        bad = !all[i]; // those before are lost
    }
    for (int i = 0; i < many && !bad; i++) {
        free(all[i]);
    }
    if (!bad || many > 1) {
        free(own);
    }
    return bad;
}
int main(int argc, char **argv) {
    int many = argc > 1 ? atoi(argv[1]) : 4;
    return lose(many) || lose(many);
}
EOC
"${CC:-cc}" -g -w -O0 -fno-builtin -o loops loops.c || exit 1
"$MF_RUN" -q -o found --leaks --mode once -- ./loops 1 >std 2>told
is "one function is one finding, whoever calls it" \
    "$(field '[.findings[] | [.leak_site.function, .leaked.bytes]]')" '[["lose",66]]'
"$MF_RUN" -q -o found --leaks --mode once -- ./loops >std 2>told
is "where a loop comes to the same call again, it is the one that calls" \
    "$(field '[.findings[] | .leak_site.function]')" '["make"]'

# The account is exact, with threads and on a real program.
"$MF_RUN" -o found --mode once --leaks --max 3 -- "$MF_TARGETS/stress" 4 2000 >std 2>told
unlike "four threads at once leave none" "$(cat told)" 'cannot be used'
if have lua5.4; then
    "$MF_RUN" -q -o found --mode once --leaks --max 40 -- lua5.4 -e 'print(#{1,2,3})' >std 2>told
    like "lua frees all" "$(field .outcomes.leaked) $(cat told)" "^0 mallocfail: 0 defects"
else
    skip "lua frees all" "not installed"
fi
plan
