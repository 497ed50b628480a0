#!/bin/sh
# SPDX-License-Identifier: MIT
# A failure that no run reached is not tried: it is tried once more alone, for runs may exclude
# one another, and what is still not reached is told, with the likely reason.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
compile() {
    ${CC:-cc} -g -w -fno-builtin -o "$1" "$1.c" || exit 1
}
# missed FILTER: what the results say of failures that were not reached.
missed() {
    jq -c "[.planned, .tried, .complete, .missed.failures, $1]" found/findings.json
}

# Only one run at a time may go on: its lock is on its own file, which nobody writes. What it
# sends itself is an effect that is not tried in place. The first run that does not crash keeps
# the lock until another one was refused: runs meet, however slow the machine is.
cat >alone.c <<'EOC'
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include <sys/socket.h>
static int ends[2];
static void effect(void) { char c; write(ends[0], "x", 1); read(ends[1], &c, 1); }
static void touch(const char *name) { close(open(name, O_CREAT | O_WRONLY, 0600)); }
static void until_another_is_refused(void) {
    if (access("met", F_OK) == 0) { return; }
    unlink("refused");
    for (int i = 0; i < 400 && access("refused", F_OK) < 0; i++) { usleep(20000); }
    touch("met");
}
static void well(void) {
    char *p = malloc(101);
    effect();
    if (p) { p[0] = 1; } else { until_another_is_refused(); }
    free(p);
}
static void badly(void) { char *p = malloc(102); effect(); p[0] = 1; free(p); }
static void worse(void) { char *p = malloc(103); effect(); p[0] = 1; free(p); }
int main(void) {
    if (flock(open("/proc/self/exe", O_RDONLY), LOCK_EX | LOCK_NB) < 0) {
        touch("refused");
        return 1;
    }
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    well(); badly(); worse();
    return 0;
}
EOC
compile alone
for strategy in auto fresh; do
    rm -f met
    says 1 "when tried again alone: runs got in each other's way; -j 1 avoids that" \
        "$strategy: runs that exclude one another: what is missed is tried alone" \
        "$MF_RUN" -j 2 -o found --strategy $strategy -- ./alone
    is "... nothing is left, both defects are found" \
        "$(missed '([.findings[].injection.size] | sort), .missed.run_alone == .missed.reached_alone')" \
        '[6,6,true,0,[102,103],true]'
done
rm -f met
says 1 '2 defects; results' "suite --fresh: they are tried alone, too" \
    "$MF_RUN" suite -o found --fresh -- sh -c ./alone
like "... which has no -j" "$(cat err)" "when tried again alone: runs got in each other's way$"
says 1 '2 defects; results' "-j 1: there is nothing to try again" \
    "$MF_RUN" -j 1 -o found --strategy fresh -- ./alone
is "... and nothing is" "$(missed '.missed.run_alone, .missed.left_behind')" '[6,6,true,0,0,null]'

# What an error path leaves behind is in the way of all later runs.
cat >pidfile.c <<'EOC'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    if (open("pid", O_CREAT | O_EXCL | O_WRONLY, 0600) < 0) { return 1; }
    char *first = malloc(80);
    if (!first) { return 2; }
    char *second = malloc(81);
    if (!second) { unlink("pid"); }
    second[0] = 1;
    unlink("pid");
    return 0;
}
EOC
compile pidfile
says 0 '^mallocfail: 0 defects in 1 of 4 failures tried; results' \
    "what is not reached does not count as tried" "$MF_RUN" -o found --strategy fresh -- ./pidfile
like "... the reason and two remedies are told" "$(cat err)" \
    '3 failures not reached, and so not tried: .* earlier runs left something behind \(a lock or pid file\?\): --prepare COMMAND removes it, --scratch'
is "... in JSON, too" "$(missed '.missed.left_behind, .outcomes.handled, (.trials | length)')" \
    '[4,1,false,3,true,1,1]'
like "... and in reports" "$("$MF_RUN" report -f text found)" '1 of 4 failures tried'
rm -f pid
says 1 '^mallocfail: 1 defect; results' "--prepare removes it" \
    "$MF_RUN" -o found --prepare 'rm -f pid' -- ./pidfile
says 1 '^mallocfail: 1 defect; results' "--scratch gives each run a directory" \
    "$MF_RUN" -o found --scratch -- "$PWD/pidfile"
is "... all is tried" "$(missed '.missed.left_behind')" '[4,4,true,0,null]'
for part in 1 2; do
    rm -f pid
    "$MF_RUN" -q -o part$part --strategy fresh --shard $part/2 -- ./pidfile 2>err
done
rm -f pid
"$MF_RUN" -q -o whole --prepare 'rm -f pid' -- ./pidfile 2>err
"$MF_RUN" merge -q -o found part1 part2 2>err
is "merge: what parts missed is added up" \
    "$(jq -c '[.planned, .tried + .missed.failures, .complete, .missed.left_behind]' found/findings.json)" \
    '[4,4,false,true]'
jq '.run.prepare = null' whole/findings.json >same && mv same whole/findings.json
"$MF_RUN" merge -q -o found found whole 2>err
is "merge: others may have reached it" "$(missed '.missed.run_alone')" '[4,4,true,0,0]'

# Nor is a crash a defect that comes where nothing has failed.
sed 's/{ return 1; }/{ *(volatile int *)0 = 1; }/' pidfile.c >crashes.c
compile crashes
rm -f pid
says 0 '^mallocfail: 0 defects in 1 of 4 failures tried; results' \
    "a crash of a run in which nothing failed is no defect" \
    "$MF_RUN" -o found --strategy fresh -- ./crashes
like "... and is told" "$(cat err)" 'note: 3 of these runs crashed, though nothing failed in them'

# The first two runs alone allocate.
cat >twice.c <<'EOC'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    int runs = open("runs", O_CREAT | O_APPEND | O_RDWR, 0600);
    if (lseek(runs, 0, SEEK_END) >= 2) { return 0; }
    write(runs, "x", 1);
    char *block = malloc(90);
    return block ? 0 : 3;
}
EOC
compile twice
says 125 'nothing was tested: no run reached the allocation that was to fail' \
    "where nothing is reached, nothing was tested" "$MF_RUN" -o found --strategy fresh -- ./twice

# A run that waits for another one's lock until its time is over: nothing has failed in it.
cat >waits.c <<'EOC'
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
int main(void) {
    flock(open("/proc/self/exe", O_RDONLY), LOCK_EX);
    char *first = malloc(11);
    if (!first) { for (;;) { pause(); } }
    char *second = malloc(12);
    return second ? 0 : 3;
}
EOC
compile waits
says 1 '^mallocfail: 1 defect; results' "a run in which nothing failed is no defect" \
    "$MF_RUN" -j 2 -o found --strategy fresh --timeout 500ms -- ./waits
is "... nor one that was kept waiting" \
    "$(missed '[.findings[] | [.outcome, .injection.size]]')" '[4,4,true,0,[["hung",11]]]'

# A process that one run leaves keeps the lock from all others.
cat >leaves.c <<'EOC'
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
int main(void) {
    if (flock(open("/proc/self/exe", O_RDONLY), LOCK_EX | LOCK_NB) < 0) { return 1; }
    char *first = malloc(80);
    if (!first) {
        if (fork() == 0) { setsid(); sleep(60); _exit(0); }
        return 2;
    }
    char *second = malloc(81);
    second[0] = 1;
    return 0;
}
EOC
compile leaves
for jobs in 1 2; do
    says 1 '^mallocfail: 1 defect; results' "-j $jobs: a process that a run leaves is ended first"         "$MF_RUN" -j $jobs -o found --strategy fresh -- ./leaves
    is "... all is tried" "$(missed '.missed.left_behind')" '[4,4,true,0,null]'
done
plan
