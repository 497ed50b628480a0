#!/bin/sh
# SPDX-License-Identifier: MIT
# Explorations of programs that do what none should: they end and report, their results
# are whole, and no process and no file of theirs or ours is left.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
# A process that is left over is known by its executable, which no other test has.
cp "$MF_TARGETS/explore_evil" evil
touch begun

# explored OPTION… WAY: explore.
explored() {
    timeout 60 "$MF_RUN" -o found --timeout 2s "$@" >out 2>err
}

# none_runs: no process of the victim runs.
none_runs() {
    ! readlink /proc/[0-9]*/exe 2>/dev/null | grep -qxF "$PWD/evil"
}

# files_left: what is where nothing should be.
files_left() {
    ls -d mallocfail.* 2>/dev/null
    find /tmp /dev/shm -maxdepth 1 ! -type d -iname '*mallocfail*' -newer begun 2>/dev/null
}

# results DIR: the results are whole, and nothing else is there.
results() {
    jq -e '.schema == "mallocfail-exploration"' "$1/findings.json" >out.jq || return 1
    for results_id in $(jq -r '.findings[].signature' "$1/findings.json"); do
        "$MF_RUN" check "$1/reproducers/$results_id.json" || return 1
        [ -e "$1/logs/$results_id.stdout" ] && [ -e "$1/logs/$results_id.stderr" ] || return 1
    done
    ! find "$1" -type f | grep -qvE \
        '/findings.json$|/reproducers/[0-9a-f]{16}.json$|/logs/[0-9a-f]{16}.std(out|err)$'
}

# after WHAT: nothing is left of it.
after() {
    ok "$1: no process is left" until_true none_runs
    is "$1: no file is left" "$(files_left)" ''
}

# survives WAY OPTION…: its crash is found, by either strategy.
survives() {
    survives_way=$1
    shift
    for strategy in in-place fresh; do
        rm -rf found
        echo input >input
        explored --strategy $strategy "$@" -- "$PWD/evil" "$survives_way" input
        is "$survives_way, $strategy: it ends, and reports the crash" \
            "$? $(jq -c '[.findings[] | [.outcome, .crash_site.function]]' found/findings.json)" \
            "1 ${survives_wanted:-[[\"crashed\",\"get_memory\"]]}"
        ok "$survives_way, $strategy: the results are whole" results found
    done
    after "$survives_way"
}

survives delete-input --prepare 'echo input >input'
# One that kills itself with its group is a defect of its own, at no place.
survives_wanted='[["crashed","get_memory"],["crashed",null]]'
survives kill-group-on-failure
survives_wanted=
survives close-all
survives daemon
survives fill-disk --scratch
explored -- "$PWD/evil" kill-group input
is "a program that always kills its process group cannot be explored, nor kill us" \
    "$? $(grep -c 'killed by SIGKILL' err)" '125 1'
after kill-group

# What comes of the program signals the runner, which takes that for nobody's wish.
for strategy in in-place fresh; do
    explored --strategy $strategy -- "$PWD/evil" stop-parent-on-failure x
    is "stop-parent-on-failure, $strategy: it goes on, and reports the crash" \
        "$? $(jq -c '[.complete, .findings[].crash_site.function]' found/findings.json)" \
        '1 [true,"get_memory"]'
done
for how in 'kill -s TERM $PPID' '(kill -s TERM $1) & wait' '(sleep 0.1; kill -s TERM $1) & :'; do
    is "a run goes on, too: $how" \
        "$("$MF_RUN" run -q --policy "$(rule '"nth":1000')" -- \
            sh -c "set -- \$PPID; $how; sleep 0.2; echo on" 2>err; echo $?)" 'on
0'
done
is "but the runner's caller's children may end it" \
    "$(sh -c '(sleep 0.2; kill -s TERM $$) & exec "$MF_RUN" run -q -p "$1" -- sleep 10' sh \
        "$(rule '"nth":1000')" 2>err; echo $?)" 143
after stop-parent-on-failure

# A disk that is really full: of 1 MiB, for the runs, and for the results.
mkdir disk
if unshare -rm mount -t tmpfs -o size=1m none disk 2>/dev/null; then
    unshare -rm sh -c 'mount -t tmpfs -o size=1m none disk || exit 9
        TMPDIR=$PWD/disk timeout 60 "$MF_RUN" -q -o full --scratch -- "$PWD/evil" fill-disk x
        status=$?
        ls disk
        exit $status' >out 2>err
    is "a full disk of the runs: the crash is found, the disk is empty again" \
        "$? $(cat out) $(jq -c '[.findings[].crash_site.function]' full/findings.json)" \
        '1  ["get_memory"]'
    unshare -rm sh -c 'mount -t tmpfs -o size=1m none disk || exit 9
        head -c 2000000 /dev/zero >disk/filler 2>/dev/null
        timeout 60 "$MF_RUN" -q -o disk/found -- "$PWD/evil" close-all x
        status=$?
        find disk/found -type f -size 0 -o -name "findings.json*"
        exit $status' >out 2>err
    is "a full disk of the results: told, with no half-written file" \
        "$? $(cat out) $(grep -c 'cannot write the results to' err)" '125  1'
else
    skip "a full disk" "no file system can be mounted here"
fi
after "a full disk"

# interrupted SIGNAL DIR OPTION…: the runner gets it in the middle. Its status is printed.
interrupted() {
    interrupted_signal=$1 interrupted_to=$2
    shift 2
    env --default-signal=INT "$MF_RUN" -o "$interrupted_to" --points all "$@" -- \
        "$PWD/evil" go-on x >out 2>err &
    interrupted_runner=$!
    until_true grep -q 'clean run' err
    sleep 0.4
    kill -s "$interrupted_signal" $interrupted_runner
    wait $interrupted_runner 2>/dev/null
    echo $?
}

if env --default-signal=INT true 2>/dev/null; then
    for strategy in in-place fresh; do
        is "Ctrl-C, $strategy: what was found so far is told" \
            "$(interrupted INT stopped --strategy $strategy)" 130
        like "Ctrl-C, $strategy: and that more was wanted" "$(cat err)" \
            'not tried: interrupted'
        is "Ctrl-C, $strategy: the results say so" "$(jq -c \
            '[.complete, (.trials | length) > 0, (.trials | length) < 2 * .points,
                .findings[].crash_site.function]' \
            stopped/findings.json)" '[false,true,true,"get_memory"]'
        ok "Ctrl-C, $strategy: they are whole" results stopped
        cp stopped/findings.json before.json
        status_is 137 "SIGKILL, $strategy" \
            sh -c "exit $(interrupted KILL stopped --strategy $strategy)"
        same "SIGKILL, $strategy: earlier results are as they were" \
            before.json stopped/findings.json
        ok "SIGKILL, $strategy: with no file besides" results stopped
        rm -rf stopped
    done
    env --default-signal=INT "$MF_RUN" -o none --timeout 60s -- \
        sh -c 'touch runs; sleep 60' 2>err &
    runner=$!
    until_true test -e runs
    kill -s INT $runner
    wait $runner
    is "Ctrl-C in the clean run: at once" "$? $(grep -c 'interrupted in the clean run' err)" \
        '130 1'
    after "Ctrl-C and SIGKILL"
else
    skip "signals to the runner" "no env --default-signal"
fi
# A small stack is the program's, not ours.
cat >stack.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
int main(void) {
    struct rlimit limit;
    char *block = malloc(31);
    getrlimit(RLIMIT_STACK, &limit);
    printf("%lu\n", (unsigned long)limit.rlim_cur);
    block[0] = 1;
    return 0;
}
END
${CC:-cc} -g -w -O0 -fno-builtin -o stack stack.c || exit 1
says 1 'null dereference: the NULL from malloc\(31\)' "a stack of 64 KB" \
    sh -c 'ulimit -S -s 64 && exec "$0" -q -o stack.out ./stack' "$MF_RUN"
is "... that the program has" "$(sh -c 'ulimit -S -s 64 && exec "$0" run -q -p "$1" ./stack' "$MF_RUN" \
    '{"version":1,"rules":[]}' 2>err)" 65536
sh -c 'ulimit -s 64 && exec "$0" -q -o stack.out ./stack' "$MF_RUN" >out 2>err
like "where it cannot be larger, it is said" "$? $(cat err)" \
    '^1 .*null dereference|^125 .*the limit on the stack .ulimit -s. is too low: 512 KB are needed'
says 1 'the stacks are not known, as in a program with little address space' \
    "a program with little address space is tested, and no stacks are counted" \
    "$MF_RUN" -o stack.out -- bash -c 'ulimit -v 100000; exec ./stack'
cat >own.c <<'END'
#include <stdlib.h>
#include <sys/resource.h>
int main(void) {
    struct rlimit limit = {64 << 20, 64 << 20};
    setrlimit(RLIMIT_AS, &limit);
    char *volatile block = malloc(20);
    block[0] = 1;
    return 0;
}
END
${CC:-cc} -g -w -O0 -fno-builtin -o own own.c || exit 1
says 125 'limits its address space to 64.0 MiB \(RLIMIT_AS\), and mallocfail.s library takes [0-9.]+ MiB of' \
    "one that limits it by itself runs out of memory, and it is told why" \
    "$MF_RUN" -o own.out -- ./own
plan
