#!/bin/sh
# SPDX-License-Identifier: MIT
# A green result means that something was tested: what comes before main is tried, what was
# not tried is told, and where nothing was tested the status says so.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
compile() {
    compile_to=$1
    shift
    ${CC:-cc} -g -w -fno-builtin-malloc -o "$compile_to" "$@" || exit 1
}
cat >constructor.c <<'EOS'
#include <stdlib.h>
char *table;
__attribute__((constructor)) static void init(void) { table = malloc(100); table[0] = 'x'; }
EOS
cat >uses.c <<'EOS'
#include <stdlib.h>
extern char *table;
int main(void) { char *p = malloc(10); if (!p) return 2; p[0] = table[0]; return p[0] != 'x'; }
EOS
compile libconstructor.so -shared -fPIC constructor.c
compile uses uses.c -L. -lconstructor "-Wl,-rpath,$PWD"
compile lost uses.c -L. -lconstructor
echo 'int main(void) { return 0; }' >nothing.c
compile nothing nothing.c
echo '#include <stdlib.h>
int main(void) { char *p = malloc(10); p[0] = 1; free(p); return 0; }' >careless.c
compile careless careless.c
echo '#include <stdlib.h>
static void store(int *p) { *p = 1; }
int main(void) { void *q = malloc(3); store(0); free(q); return 0; }' >crasher.c
compile crasher crasher.c
echo '#include <stdio.h>
#include <stdlib.h>
int main(void) { char *p = malloc(10); puts(p ? "good" : "Out of memory"); free(p); return 2; }' >teller.c
compile teller teller.c

for strategy in in-place fresh; do
    says 1 '1 of them before main' "$strategy: constructors of libraries are tried" \
        "$MF_RUN" -o found --strategy $strategy -- ./uses
    is "... and counted" "$(jq -c '[.oracle.before_main, .oracle.early, .planned, .tried, .complete]' \
        found/findings.json)" '[1,0,4,4,true]'
    ok "... and come back" "$MF_RUN" replay -q found/reproducers/*.json
    says 0 'note: the clean run itself fails' "$strategy: a message on stdout is a message" \
        "$MF_RUN" -o told --strategy $strategy -- ./teller
done
says 0 'more came before --arm load and is not tried' "what is not armed yet is told" \
    "$MF_RUN" -o load --arm load -- ./uses
says 1 '1 defect in 1 of 4 failures tried' "--max: of how many" "$MF_RUN" -o max --max 1 -- ./uses
is "... in the results, too" "$(jq -c '[.planned, .tried, .complete]' max/findings.json)" '[4,1,false]'
for format in text html sarif junit github; do
    like "... and as $format" "$("$MF_RUN" report -f $format max)" '1 of 4 failures tried'
done

for part in 1 2 3 4 5 6 7 8 9; do
    "$MF_RUN" -q -o part$part --shard $part/9 -- ./careless 2>err
    grep -q 'other parts' err && empty=part$part
done
says 125 'nothing was tested' "merge: of parts with nothing, nothing" "$MF_RUN" merge -o joined "$empty"
says 77 'nothing was tested' "... which may be skipped" \
    "$MF_RUN" merge --if-nothing skip -o joined "$empty"
says 1 '2 failures tried, 1 defect' "merge: all parts are all" "$MF_RUN" merge -o joined part?

says 125 'nothing was tested' "no allocation: an error" "$MF_RUN" ./nothing
says 77 'nothing was tested' "no allocation: skipped" "$MF_RUN" --if-nothing skip ./nothing
says 0 'nothing was tested' "no allocation: well" "$MF_RUN" --if-nothing ok ./nothing
says 125 'nothing was recorded' "no event: an error" "$MF_RUN" trace ./nothing
says 77 'nothing was recorded' "no event: skipped" "$MF_RUN" trace --if-nothing skip ./nothing
says 125 'the policy has no rules' "a verdict needs rules" \
    "$MF_RUN" run --exit verdict -p '{"version":1,"rules":[]}' ./careless
says 77 'the policy never fired' "... that fire" "$MF_RUN" run --exit verdict --if-nothing skip \
    -p '{"version":1,"rules":[{"nth":99}]}' ./careless

says 125 'write to 0x0' "a crash of the clean run is diagnosed" "$MF_RUN" ./crasher
echo '#include <signal.h>
#include <stdlib.h>
static void give_up(int number) { (void)number; _Exit(11); }
int main(void) { void *q = malloc(3); signal(SIGSEGV, give_up); *(volatile int *)0 = 1; free(q); return 0; }' >catcher.c
compile catcher catcher.c
says 0 'the clean run itself gets fatal signals, at 1 place' "... one that a handler takes is told" \
    "$MF_RUN" -o caught ./catcher
says 125 'libconstructor.so' "a missing library is named" "$MF_RUN" ./lost
says 125 'careless .2 processes.' "a script's programs are named" \
    "$MF_RUN" sh -c './careless; ./careless; true'
for wrapper in 'timeout 5' 'flock lock' 'xargs -a /dev/null' 'make -f one'; do
    echo 'all: ; ./careless; true' >one
    # shellcheck disable=SC2086
    case $wrapper in
    make*) have make || continue; set -- $wrapper ;;
    *) set -- $wrapper ./careless ;;
    esac
    says 1 'careless, and that is tested: fresh, behind' "$1 is seen through" \
        "$MF_RUN" -o behind -- "$@"
    is "... its one child fails" "$(jq -c '[.planned, [.findings[].injection.number]]' behind/findings.json)" '[2,[1]]'
done
says 1 '1 defect' "--follow tests them" "$MF_RUN" --follow -o followed timeout 5 ./careless

if env --default-signal=INT true 2>/dev/null && have perl; then
    for signal in INT TERM; do
        env --default-signal=$signal "$MF_RUN" -o early --strategy fresh -- perl -e 1 >out 2>err &
        runner=$!
        until_true grep -q 'clean run' err
        sleep 0.3
        kill -s $signal $runner
        wait $runner
        status=$?
        is "SIG$signal: its status" $status $((128 + $([ $signal = INT ] && echo 2 || echo 15)))
        like "... of how many" "$(tail -n 1 err)" 'in [0-9]* of [0-9]* failures tried; results in early'
    done
fi
# A process that outlives the program.
cat >outlives.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    char *block = malloc(10);
    if (fork() > 0) {
        free(block);
        return 0;
    }
    setsid();
    usleep(300000);
    block[0] = 1;
    return 0;
}
END
${CC:-cc} -O0 -fno-builtin-malloc -o outlives outlives.c || exit 1
says 0 '1 process of the program still ran when it had ended: what it did then is not tested' \
    "a process that outlives the program is told" "$MF_RUN" -o outlived ./outlives
is "... in JSON, too" "$(jq .oracle.left_running outlived/findings.json)" 1

# A program that traces: fresh trials are not, and it is not waited for in the clean run.
cat >tracer.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    char *block = malloc(100);
    if (!block) { return 1; }
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    ptrace(PTRACE_CONT, child, 0, 0);
    waitpid(child, &status, 0);
    free(block);
    return WEXITSTATUS(status);
}
END
compile tracer tracer.c
says 0 '0 defects, as far as exit statuses tell \(not traced\)' \
    "what traces processes itself is not waited for, nor traced" \
    timeout 30 "$MF_RUN" --follow -o traced ./tracer
like "... and the reason is told" "$(cat err)" 'the program traces processes itself, or behaves differently'
is "... in JSON, too" "$(jq .traced traced/findings.json)" false

# Before libc has the environment.
cat >preinit.c <<'END'
#include <stdlib.h>
static char *table;
static void early(void) { table = malloc(77); table[0] = 1; }
__attribute__((section(".preinit_array"), used)) static void (*first)(void) = early;
int main(void) { return table[0] != 1; }
END
if compile preinit preinit.c && ./preinit && readelf -d preinit | grep -q PREINIT_ARRAY; then
    says 1 'the NULL from malloc\(77\) at preinit.c:3' "what .preinit_array allocates is tried" \
        "$MF_RUN" -o preinit.out ./preinit
else
    skip "what .preinit_array allocates" "this C library runs none"
fi

# What a program does before it becomes another one is not tested, and that is told.
cat >launcher.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **arguments) {
    char *first = malloc(40), *second = malloc(50);
    first[0] = second[0] = 1;
    free(first);
    if (count > 1 && arguments[1][0] == 'x') {
        arguments[1] = "";
        execv("./launcher", arguments);
    }
    return execl("./teller", "teller", NULL);
}
END
compile launcher launcher.c
says 0 'launcher itself was not tested: 2 allocations before it executes teller \(--follow tests them, too\)' \
    "what a launcher allocates itself is told" "$MF_RUN" -o launched ./launcher
is "... in JSON, too" "$(jq -c '[.untested[] | [.image, .processes, .allocations, .why]]' launched/findings.json)" \
    '[["launcher",1,2,"it executes another program in its place, and that one is tested"]]'
says 0 'launcher itself was not tested: 4 allocations' "... of all its images" \
    "$MF_RUN" -o launched ./launcher x
says 1 '4 crashed' "... and --follow tests it" "$MF_RUN" --follow -o launched ./launcher
echo 'exec ./teller' >script.sh
says 0 'it executes teller, and that is tested' "of what only runs others nothing is told" \
    "$MF_RUN" -o launched nice -n 0 sh script.sh
unlike "... as before" "$(cat err)" 'itself was not tested'
plan
