#!/bin/sh
# SPDX-License-Identifier: MIT
# A child in place finds what a fresh process would find: its numbers, clocks, files and
# memory; and where it could not, its point is tried fresh.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# The named semaphore of two programs is this test's own. It outlives a run, and a run that
# has to make it allocates once more than one that finds it: it is there before the first.
lock=/held_$$

# built NAME: compile a program of tests/targets/held.
built() {
    ${CC:-cc} -g -O1 -w -fno-builtin-malloc -pthread -DLOCK="\"$lock\"" -o "$1" \
        "$MF_SOURCE/tests/targets/held/$1.c" -lrt 2>err
}

# ends WAY: what each trial came to, in order.
ends() {
    rm -rf found
    "$MF_RUN" -q -o found --strategy "$1" -- "./$2" >out 2>&1
    jq -c '[.trials[] | [.mode, .number, .outcome]] | sort' found/findings.json
}

# same_world NAME WHAT: in place as fresh.
same_world() {
    if ! built "$1"; then
        skip "$2: in place as fresh" "$1 cannot be built here"
        return
    fi
    held_fresh=$(ends fresh "$1")
    is "$2: in place as fresh" "$(ends in-place "$1")" "$held_fresh"
    like "$2: something was tried" "$held_fresh" '"(once|persistent)"'
}

same_world getpid "getpid() of a guard against forked children"
same_world gettid "gettid() of the main thread"
same_world pending "a signal that is held back"
same_world timer "a timer that is armed"
same_world signalled "signals of a child of the program"
same_world thread "a thread made by clone(2)"
same_world waiting "a thread that waits to be woken"
same_world partner "a process in the same memory"
same_world shared "memory shared by a raw mmap(2)"
same_world protected "shared memory that is made writable for a moment"
built value && ./value >out
same_world semaphore "a named semaphore"
same_world value "a semaphore's value"
rm -f "/dev/shm/sem.${lock#/}"
same_world gone "a file that is removed later"
same_world proc "a file of /proc that is open"
same_world myself "its own number in /proc"
same_world ftell "the offset of stdout"
same_world flags "the flags of stdout"
same_world offset "a stdout that is written over"
same_world clock "the processor's clock"
same_world privileges "whether rights are limited"
same_world raises "a signal to itself, and getpid() after it"
same_world ignores "signals to itself that it ignores"
same_world sender "who sent a signal"
same_world wiped "a page that a fork wipes"

# What the right answers are.
is "an ignored signal does nothing, and a fault ends the program that ignores it" \
    "$(ends in-place ignores | jq -c '[.[] | select(.[0] == "once")]')" \
    '[["once",1,"handled"],["once",2,"crashed"]]'
is "the guard frees what is not there: a crash" "$(ends auto getpid)" \
    '[["once",1,"crashed"],["persistent",1,"crashed"]]'
is "the signal finds no state: a crash" "$(ends auto pending)" \
    '[["once",1,"crashed"],["persistent",1,"crashed"]]'
is "the work file is read: a crash" "$(ends auto gone)" \
    '[["once",1,"crashed"],["persistent",1,"crashed"]]'
like "the partner answers: a crash" "$(ends auto partner)" '"crashed"'
is "the child's signal finds no block: a crash; the other one ends the loop" "$(ends auto signalled)" \
    '[["once",1,"crashed"],["once",2,"tolerated"],["persistent",1,"crashed"],["persistent",2,"tolerated"]]'
is "... tried fresh, for that reason" \
    "$(jq -c '[.in_place, .not_in_place[0].reason]' found/findings.json)" \
    '[0,"had a child process that may send it a signal"]'
ends auto timer >/dev/null
is "an armed timer is why it was tried fresh" "$(jq '.in_place' found/findings.json)" 0
# Older C libraries hold back all signals in raise(): its signal would tell who sent it.
like "the program is told its own number, whatever raise() is told" \
    "$("$MF_RUN" -q -o found --points all --strategy in-place \
    -- ./raises >out 2>&1; jq -c '[.outcomes.handled, .in_place]' found/findings.json)" '^\[8,[40]\]$'
is "a thread that is woken finds no memory: a crash" "$(ends in-place waiting |
    jq -c '[.[] | select(.[0] == "once" and .[1] == 2)[2]]')" '["crashed"]'
is "where the other thread only waits some are tried in place, and some are not" \
    "$(jq '.in_place > 0 and .in_place + .inferred < .tried' found/findings.json)" true
# What the target has shared is as in a run where nothing fails.
for pair in shared:counter protected:users; do
    rm -f "${pair#*:}.bin"
    ends in-place "${pair%:*}" >/dev/null
    is "${pair%:*}: the children's changes stay theirs" \
        "$(od -An -td4 -N4 "${pair#*:}.bin" | tr -d ' ')" 0
done
"$MF_RUN" -o found -- ./flags >out 2>err
like "a sample of what was tried in place is tried fresh, too" "$(cat err)" \
    'in place agrees with [0-9]+ of [0-9]+ fresh trial'

# In a suite the process that is held is the child's parent, and what the child writes is captured:
# whatever its process writes to, it is told of that. Of each function that breaks, the size.
built world || exit 1
broken='[100,101,110,111,112,113,114,115,120,122,123]'
# in_suite COMMAND: it is told of what it writes to, and of its parent.
in_suite() {
    echo "there before" >file
    "$MF_RUN" suite -o found sh -c "$1; true" >out 2>err
    is "suite, $1: the world of a child" \
        "$(jq -c '[.findings[].injection.size] | sort' found/findings.json)" "$broken"
}
in_suite './world | cat'
like "... a signal to the parent is an effect" "$(cat err)" 'outside effects: kill 2'
in_suite './world >/dev/null 2>/dev/null'
in_suite './world >>file 2>&1'
if have script && script -qec true /dev/null >out 2>err </dev/null; then
    in_suite 'script -qec ./world /dev/null </dev/null'
else
    skip "suite: a terminal" "no script(1) that makes one"
fi

# SIGHUP of a child is not expected: a sample of 8 shows that all has to be tried fresh.
cat >hangup.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static volatile sig_atomic_t told;
static void on_hangup(int signal) { told = signal; }
#define SITE block = malloc(20); failed |= !block; free(block);
int main(void) {
    void *block;
    int failed = 0;
    signal(SIGHUP, on_hangup);
    if (fork() == 0) {
        usleep(5000);
        kill(getppid(), SIGHUP);
        _exit(0);
    }
    SITE SITE SITE SITE SITE SITE SITE SITE SITE SITE
    // A busy machine may be late with the signal.
    for (int i = 0; i < 400 && !told; i++) { usleep(1000); }
    return told && failed ? *(volatile char *)NULL : 0;
}
END
${CC:-cc} -g -O0 -w -fno-builtin -o hangup hangup.c || exit 1
for way in auto fresh; do
    "$MF_RUN" -q -o found --strategy $way -- ./hangup >out 2>err
    is "$way: a sample that disagrees is followed by all others" \
        "$(jq -c '[.outcomes.crashed, .outcomes.tolerated]' found/findings.json)" '[20,0]'
done

# A hang in place that is none in a process of its own.
cat >told.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static volatile sig_atomic_t told;
static void on_hangup(int signal) { told = signal; }
int main(void) {
    signal(SIGHUP, on_hangup);
    if (fork() == 0) {
        usleep(30000);
        kill(getppid(), SIGHUP);
        _exit(0);
    }
    void *first = malloc(10), *second = malloc(11);
    while (!told) { usleep(1000); }
    while (!second) { pause(); }
    free(first);
    return 0;
}
END
${CC:-cc} -g -O0 -w -fno-builtin -o told told.c || exit 1
"$MF_RUN" -q -o found --mode once --timeout 700ms -- ./told >out 2>err
is "one trial of each hang is tried fresh, too, and the others if it does not hang" \
    "$(jq -c '[.trials[].outcome]' found/findings.json)" '["tolerated","hung"]'

# Where two break alike in the C library, what tells them apart lies behind its buffers.
for way in in-place fresh; do
    if built deep; then
        "$MF_RUN" -q -o found --points all --strategy $way -- ./deep >out 2>&1
        is "$way: two places that break below a buffer of 32 KiB" \
            "$(jq -c '[.findings[].crash_site.function] | sort' found/findings.json)" \
            '["blue","red"]'
    else
        skip "$way: two places that break below a buffer of 32 KiB" "it cannot be built here"
    fi
done
plan
