#!/bin/sh
# SPDX-License-Identifier: MIT
# What a suite leaves is told with the true reason: the time of --hold, a time limit, others
# that were held, or the end of the process.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# Without its memory it comes to no end.
cat >waits.c <<'END'
#include <stdlib.h>
int main(void) {
    void *block = malloc(10);
    for (volatile int go = !block; go;) {}
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o waits waits.c || exit 1

# reasons RESULTS: all that are given for what is left.
reasons() {
    jq -r '[.left[].failures[].reason] | unique | join(", ")' "$1/findings.json"
}
killed="came to processes that SIGKILL ended while they were held"
cat >kills.sh <<'END'
./waits &
sleep 0.8
kill -KILL $!
wait
END
"$MF_RUN" suite -o killed.out --hold 10s sh ./kills.sh >out 2>err
is "a process that was killed while it was held" "$(reasons killed.out)" "$killed"
like "... is told in the summary, with what to do" "$(cat err)" \
    '1 process ended while it was held: if a time limit of the tests ended it, hold processes for less time \(--hold\)'
like "... and with what is left" "$(cat err)" \
    "1 stack was not tried: it $killed; 1 of them at call sites that were never tried"

"$MF_RUN" suite -o limited.out timeout 0.4 ./waits >out 2>err
is "one that a time limit would have ended" "$(reasons limited.out)" \
    "came to processes that a time limit would have ended"
says 1 "2 of 2 failures tried" "... is tried after the suite, where the limit does not hold" \
    "$MF_RUN" suite --fresh -o fresh.out timeout 0.4 ./waits
"$MF_RUN" suite -o hurried.out --hold 50ms ./waits >out 2>err
is "one that was held long enough" "$(reasons hurried.out)" \
    "came to processes that had been held long enough (--hold)"

# JUnit says so of a test in which nothing was tried.
"$MF_RUN" report hurried.out -f junit -o hurried.junit
like "JUnit: why nothing was tried in a test" "$(grep '<skipped' hurried.junit)" \
    'message="no failure was tried in it: 2 came to processes that had been held long enough \(--hold\)"'
echo 'int main(void) { return 0; }' >none.c
${CC:-cc} -o none none.c || exit 1
"$MF_RUN" suite -q -o none.out sh -c './waits; ./none' 2>err
"$MF_RUN" report none.out -f junit -o none.junit
like "... where it has no stack of its own" "$(grep '<skipped' none.junit)" \
    'message="no failure was tried in it: other tests came to all its stacks first, or it has none"'

# A watchdog's alarm is due long after a child has ended; and a near one is not.
for seconds in 60 3; do
    cat >watchdog.c <<END
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    alarm($seconds);
    char *checked = malloc(10), *unchecked = malloc(11);
    unchecked[0] = 1;
    free(unchecked);
    free(checked);
    return 0;
}
END
    ${CC:-cc} -g -O0 -fno-builtin -o watchdog$seconds watchdog.c || exit 1
done
says 1 '4 of 4 failures tried: ' "a process with a watchdog is tried in place" \
    "$MF_RUN" suite -o watchdog.out ./watchdog60
says 125 '4 had an armed timer' "... and not one whose alarm may come meanwhile" \
    "$MF_RUN" suite -o watchdog.out ./watchdog3

# What a child of the program tells it to do does not come to a copy of the program.
${CC:-cc} -g -o signalled "$MF_SOURCE/tests/targets/held/signalled.c" || exit 1
for again in "" again; do
    says 125 '4 had a child process that may send it a signal' \
        "a process is left whose child may send it a signal: ./signalled $again" \
        "$MF_RUN" suite -o signalled.out ./signalled $again
done

# What another process did in the end is no reason any more.
cat >turns.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    void *block = malloc(20);
    if (argc > 1) {
        unlink(argv[1]);
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o turns turns.c || exit 1
"$MF_RUN" suite -o turns.out sh -c './turns nothing; ./turns' >out 2>err
is "an effect that another process did not have" "$(grep 'failures tried:' err)" \
    "mallocfail: 2 of 2 failures tried: 1 in place, 1 inferred"

# Few open files are no other place: the program that is executed has its own. What this test was
# given is open, too.
cp turns few
says 0 "1 process was tested" "a limit on open files" \
    "$MF_RUN" suite -o few.out sh -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 4; ./few'
unlike "... does not make a program one of another place" "$(cat err)" "/proc"

# One in another user namespace, where it may be root.
if unshare -Ur true 2>unshare.err; then
    "$MF_RUN" suite -o space.out sh -c 'unshare -Ur ./few' >out 2>err
    like "a program in another user namespace" "$(cat err)" \
        'not tested, because they ran in another user namespace \(unshare -U\): few \(1\)'
    is "... in the results, too" "$(jq -r '.untested[] | select(.image == "few") | .why' space.out/findings.json)" \
        "ran in another user namespace"
else
    skip "a program in another user namespace" "it may not have one"
fi

# A filter of system calls that nobody announced by a call that is seen.
{
    cat <<'END'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#define ALLOW(call)                                     \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
int main(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(write), ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) {
        return 2;
    }
END
    i=0
    while [ $i -lt 20 ]; do
        echo "    free(malloc(10));"
        i=$((i + 1))
    done
    echo "    return 0; }"
} >filters.c
if ${CC:-cc} -g -O0 -fno-builtin -o filters filters.c 2>filters.err && ./filters; then
    "$MF_RUN" suite -o filters.out ./filters >out 2>err
    is "one that forbids itself system calls" "$(reasons filters.out)" \
        "had given up system calls that mallocfail needs (seccomp)"
else
    skip "one that forbids itself system calls" "no seccomp"
fi

# What an outcome means there is not said in the words of explorations.
like "HTML: what is tolerated in a suite" "$("$MF_RUN" report turns.out -f html)" \
    'tolerated.* \(ended with exit status 0; output is compared in fresh trials only\)'
"$MF_RUN" -q -o alone.out ./turns 2>err
like "... and in an exploration" "$("$MF_RUN" report alone.out -f html)" \
    'tolerated.* \(same status and output as the clean run\)'
plan
