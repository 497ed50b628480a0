#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that does not end: one loop is one finding with one signature, wherever it was
# stopped and by which way it came there; and a loop that is known is not waited for again.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# What takes long is tried in both ways by check --full.
long=in-place
[ -z "${MF_FULL:-}" ] || long="in-place fresh"

# explored WAY STRATEGY: signatures and functions of the findings, and how many trials hung.
explored() {
    rm -rf found
    "$MF_RUN" -q --timeout 500ms --mode persistent --strategy "$2" -o found -- \
        "$MF_TARGETS/loops" "$1" 2>err
    jq -c '[.outcomes.hung, [.findings[] | [.signature, .crash_site.function]]]' \
        found/findings.json
}

# one_loop WAY TRIALS: one finding, in the function of that name; the same in each
# exploration.
one_loop() {
    loop_first=$(explored "$1" in-place)
    like "$1: one loop is one finding" "$loop_first" "^\\[$2,\\[\\[\"[0-9a-f]*\",\"$1\"\\]\\]\\]$"
    is "$1: ... each time" "$(explored "$1" in-place)" "$loop_first"
    is "$1: ... and in fresh processes" "$(explored "$1" fresh)" "$loop_first"
}

one_loop calls 3
is "no frame is the library's" \
    "$(jq '[.findings[] | .frames[], .injection.frames[] | .module // "" | select(startswith("libmallocfail"))]' found/findings.json)" '[]'
one_loop two 6
one_loop library 3
one_loop recursion 3
one_loop patient 3

# Two loops of one function.
for way in both alone; do
    for strategy in in-place fresh; do
        like "$way: two loops are two findings, $strategy" "$(explored $way "$strategy")" \
            "^\\[6,\\[\\[\"[0-9a-f]*\",\"$way\"\\],\\[\"[0-9a-f]*\",\"$way\"\\]\\]\\]$"
        is "$way: ... each in all its trials, $strategy" \
            "$(jq -c '[.findings[].trials]' found/findings.json)" '[3,3]'
        [ $way = both ] ||
            is "$way: ... and neither is said to wait, $strategy" \
                "$(jq -c '[.findings[].explanation | test(" loops, and does not end")]' found/findings.json)" \
                '[true,true]'
    done
done

explored calls fresh >/dev/null
says 0 'must|calls' "the reproducer brings it back" "$MF_RUN" replay found/reproducers/*.json

# 30 ways into one loop.
awk 'BEGIN {
    print "#include <stdlib.h>"
    print "static void *need(void) { void *p; while (!(p = malloc(9))) {} return p; }"
    for (i = 0; i < 30; i++) printf "static void way%d(void) { free(need()); }\n", i
    print "int main(void) {"
    for (i = 0; i < 30; i++) printf "way%d();\n", i
    print "return 0; }"
}' >ways.c
${CC:-cc} -O0 -fno-builtin-malloc -o ways ways.c || exit 1
for strategy in $long; do
    "$MF_RUN" --mode persistent --strategy "$strategy" -o ways.out ./ways 2>err
    is "$strategy: all of them hang, in one finding" \
        "$(jq -c '[.outcomes.hung, (.findings | length)]' ways.out/findings.json)" '[30,1]'
    early=$(jq .recognised ways.out/findings.json)
    like "$strategy: most are recognised" "$early" '^2[0-9]$'
    is "$strategy: ... and marked" "$(jq '[.trials[] | select(.recognised)] | length' ways.out/findings.json)" "$early"
    like "$strategy: ... and told" "$(cat err)" "$early trials were ended early"
    like "$strategy: ... most others were waited for" \
        "$(jq -c '[.trials[] | select(.recognised | not) | .failed > 100000] | unique' ways.out/findings.json)" '^\[true\]$'
done

for strategy in $long; do
    "$MF_RUN" -q --mode persistent --strategy "$strategy" -o bounded.out -- "$MF_TARGETS/loops" bounded 2>err
    is "$strategy: a loop that ends some time is not taken for one that does not" \
        "$(jq -c '[.trials[].outcome]' bounded.out/findings.json)" '["hung","handled","handled"]'
done

# An allocation that is retried for ever, and two that are given up after long.
cat >retried.c <<'END'
#include <stdlib.h>
static char *retried(size_t size, long most) {
    char *block;
    do {
        block = malloc(size);
    } while (!block && most-- > 0);
    return block;
}
int main(void) {
    free(retried(10, 1L << 60));
    char *one = retried(11, 300000);
    *one = 1;
    char *other = retried(12, 300000);
    *other = 1;
    free(one);
    free(other);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o retried retried.c || exit 1
for strategy in $long; do
    "$MF_RUN" -q --mode persistent --strategy "$strategy" -o retried.out ./retried 2>err
    is "$strategy: long retries are waited for, though they look like those of a loop without end" \
        "$(jq -c '[.findings[] | [.outcome, (if .outcome == "hung" then .crash_site.function else .crash_site.line end), (.explanation | test("failed [0-9]+,[0-9]{3},[0-9]{3} times"))]] | sort' retried.out/findings.json)" \
        '[["crashed",12,false],["crashed",14,false],["hung","retried",true]]'
    for reproducer in retried.out/reproducers/*.json; do
        status_is 0 "$strategy: ... and each finding comes back" "$MF_RUN" replay "$reproducer"
    done
    like "$strategy: ... failures are counted in a replay, too" "$(for reproducer in retried.out/reproducers/*.json; do
        "$MF_RUN" replay "$reproducer" 2>&1; done)" 'failed [0-9]+(,[0-9]{3})?,[0-9]{3} times in a row'
done

# A program that stops itself, and one that writes for ever.
cat >ends.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    char *block = malloc(10);
    if (!block && argc > 1) {
        raise(SIGSTOP);
        return 0;
    }
    while (!block) {
        puts("waiting for memory, please wait");
    }
    free(block);
    (void)argv;
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o ends ends.c || exit 1
for strategy in $long; do
    "$MF_RUN" --mode once --strategy "$strategy" -o ends.out ./ends stopped 2>err
    is "$strategy: a program that stops itself hangs, and writes nothing" \
        "$(jq -c '[.findings[] | [.outcome, .class]]' ends.out/findings.json)" '[["hung","hang"]]'
    like "$strategy: ... in words" "$(cat err)" '^mallocfail: hung: no end within its time$'
    status_is 0 "$strategy: ... it comes back" "$MF_RUN" replay -q ends.out/reproducers/*.json
    "$MF_RUN" -q --strategy "$strategy" -o ends.out ./ends 2>err
    is "$strategy: a loop that writes is one finding, ended by its time or by what it wrote" \
        "$(jq -c '[.outcomes.hung, [.findings[] | [.outcome, .class, .injection.size]]]' ends.out/findings.json)" \
        '[2,[["hung","spinning",10]]]'
    status_is 0 "$strategy: ... it comes back" "$MF_RUN" replay -q ends.out/reproducers/*.json
done

# A limit of little more than what it takes alone, where it gets a fifth to a half of a processor.
cat >work.c <<'END'
#include <stdlib.h>
int main(void) {
    void *block = malloc(9);
    for (volatile int i = 0; i < 200000000; i++) {}
    free(block);
    return 0;
}
END
${CC:-cc} -O0 -fno-builtin-malloc -o work work.c || exit 1
limit=$(perl -MTime::HiRes=time -e '$s = time; system "./work"; printf "%d", 50 + 1700 * (time - $s)')
one=$(taskset -pc $$ | sed 's/.*[: ]\([0-9]*\)$/\1/; s/.*[,-]//')
burners=
for _ in 1 2 3 4; do
    timeout 60 taskset -c "$one" sh -c 'while :; do :; done' &
    burners="$burners $!"
done
for strategy in in-place fresh; do
    taskset -c "$one" "$MF_RUN" -q --timeout "${limit}ms" --strategy "$strategy" -o busy.out ./work 2>err
    is "$strategy: a program that a busy machine kept waiting did not hang" \
        "$(jq -c '[.trials[].outcome]' busy.out/findings.json)" '["tolerated","tolerated"]'
done
# shellcheck disable=SC2086 # Words.
kill $burners

# Programs that stop themselves, or wait: neither has an end, and neither is a loop.
cat >waits.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
int main(int argc, char **argv) {
    void *block = malloc(9);
    struct epoll_event event;
    if (!block && argc == 1) {
        raise(SIGSTOP);
    } else if (!block) {
        epoll_wait(epoll_create1(0), &event, 1, -1);
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o waits waits.c || exit 1
for strategy in in-place fresh; do
    "$MF_RUN" -q --timeout 500ms --strategy "$strategy" -o stops.out ./waits 2>err
    is "$strategy: a program that stops itself hangs" \
        "$(jq -c '[.trials[].outcome]' stops.out/findings.json)" '["hung","hung"]'
    "$MF_RUN" -q --timeout 500ms --strategy "$strategy" -o waits.out ./waits for 2>err
    like "$strategy: a program that waits does not loop" \
        "$(jq -r '.findings[].explanation' waits.out/findings.json)" 'the program waits in epoll_wait\(\)'
done

# Behind a hang, too, a process that stops itself is continued by who waits for that.
cat >continued.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    void *first = malloc(9);
    if (!first) {
        pause();
    }
    void *second = malloc(9);
    if (!second) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            raise(SIGSTOP);
            _exit(3);
        }
        waitpid(pid, &status, WUNTRACED);
        kill(pid, SIGCONT);
        waitpid(pid, &status, 0);
        return WEXITSTATUS(status);
    }
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o continued continued.c || exit 1
"$MF_RUN" -q --timeout 500ms --jobs 1 --mode once --points all --strategy fresh \
    -o continued.out ./continued 2>err
is "after another hang, a child that stops itself goes on with SIGCONT" \
    "$(jq -c '[.trials[] | [.outcome, .wait_status]]' continued.out/findings.json)" \
    '[["hung",9],["handled",768]]'

# A program that tries again for longer than its time, and gives up.
cat >tries.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char *block = malloc(9);
    for (int i = 0; !block && (argc > 1 || i < 4); i++) {
        usleep(argc == 1 ? 400000 : i == 0 ? 200000 : 6000000);
        block = malloc(9);
    }
    free(block);
    (void)argv;
    return block ? 0 : puts("no memory") < 0 || 1;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o tries tries.c || exit 1
for strategy in in-place fresh; do
    "$MF_RUN" -q --mode persistent --strategy "$strategy" -o tries.out ./tries 2>err
    is "$strategy: a program that sleeps and gives up did not hang" \
        "$(jq -c '[.trials[].outcome] | unique' tries.out/findings.json)" '["handled"]'
done
# Its time is over in the middle of a sleep that is longer than anybody watches it for.
"$MF_RUN" -q --mode persistent --timeout 1300ms -o tries.out ./tries for 2>err
like "one that sleeps on is not said to have no end" \
    "$(jq -r '.findings[].explanation' tries.out/findings.json)" \
    'waits in usleep\(\) .* at the time-out, after [2-9] failed allocations; --timeout TIME'

# Waits that have a time end by themselves; of others nobody knows whether they do.
cat >timed.c <<'END'
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static void *nap(void *unused) {
    usleep(1300000);
    return unused;
}
static void on_alarm(int number) {
    (void)number;
}
static void wait_as(int way) {
    struct timespec until, span = {1, 300000000};
    struct timeval some = {1, 300000};
    struct itimerspec soon = {{0, 0}, span};
    struct sigevent told = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t posix;
    unsigned long count;
    int timer = way == 9 || way == 10 ? timerfd_create(CLOCK_MONOTONIC, 0) : -1;
    int sockets[2];
    char byte;
    sem_t semaphore;
    sigset_t none;
    pthread_t thread;
    struct epoll_event event;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    until.tv_nsec = 999999999;
    switch (way) {
    case 0: poll(NULL, 0, 1300); break;
    case 1: select(0, NULL, NULL, NULL, &some); break;
    case 2: epoll_wait(epoll_create1(0), &event, 1, 1300); break;
    case 3: sem_init(&semaphore, 0, 0); sem_timedwait(&semaphore, &until); break;
    case 4: pthread_cond_timedwait(&condition, &mutex, &until); break;
    case 5: sigemptyset(&none); sigtimedwait(&none, NULL, &span); break;
    case 6:
        socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
        setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &some, sizeof(some));
        recv(sockets[0], &byte, 1, 0);
        break;
    case 7:
        pthread_create(&thread, NULL, nap, NULL);
        pthread_join(thread, NULL);
        break;
    case 8:
        if (fork() == 0) { usleep(1300000); _exit(0); }
        wait(NULL);
        break;
    case 9: timerfd_settime(timer, 0, &soon, NULL); read(timer, &count, 8); break;
    case 10:
        timerfd_settime(timer, 0, &soon, NULL);
        poll(&(struct pollfd){timer, POLLIN, 0}, 1, -1);
        break;
    case 11:
        signal(SIGALRM, on_alarm);
        setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, some}, NULL);
        pause();
        break;
    case 12:
        sigemptyset(&none);
        sigaddset(&none, SIGUSR1);
        sigprocmask(SIG_BLOCK, &none, NULL);
        timer_create(CLOCK_MONOTONIC, &told, &posix);
        timer_settime(posix, 0, &soon, NULL);
        sigwait(&none, &way);
        break;
    case 13:
        if (fork() == 0) { pause(); _exit(0); }
        wait(NULL);
        break;
    }
}
int main(int argc, char **argv) {
    for (int way = argc > 1 ? atoi(argv[1]) : 0; way < (argc > 1 ? atoi(argv[1]) + 1 : 13); way++) {
        void *block = malloc(way + 10);
        if (!block) {
            wait_as(way);
            return 3;
        }
        free(block);
    }
    return 0;
}
END
${CC:-cc} -g -O0 -w -fno-builtin-malloc -pthread -o timed timed.c || exit 1
"$MF_RUN" -q --mode once --points all --jobs 13 --strategy fresh -o timed.out ./timed 2>err
is "a program that waits for a time, a timer or a child that will end did not hang" \
    "$(jq -c '[.outcomes.handled, .outcomes.hung]' timed.out/findings.json)" '[13,0]'
"$MF_RUN" -q --mode once --strategy in-place -o timed.out ./timed 0 2>err
is "... nor in place" "$(jq -c '[.in_place, .outcomes.handled]' timed.out/findings.json)" '[1,1]'
"$MF_RUN" -q --mode once -o timed.out ./timed 13 2>err
like "of one that waits for another nobody says that it has no end" \
    "$(jq -r '.findings[].explanation' timed.out/findings.json)" \
    'waits in w.* at timed.c:[0-9]+, in its callee wait_as\(\), and does not end in its time \(--timeout\)'

# A program that sets a time for itself did not end where that is over, and neither where
# somebody had to kill it.
cat >overdue.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>
int main(int argc, char **argv) {
    const struct itimerval soon = {.it_value = {0, 200000}};
    int real = argc > 1 && *argv[1] == 'r';
    setitimer(real ? ITIMER_REAL : ITIMER_VIRTUAL, &soon, NULL);
    void *block = malloc(9);
    if (!block && argc > 2) {
        kill(getpid(), SIGKILL);
    }
    while (!block && !real) {}
    if (!block) {
        pause();
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o overdue overdue.c || exit 1
for strategy in in-place fresh; do
    "$MF_RUN" -q --mode once --strategy "$strategy" -o overdue.out ./overdue real 2>err
    like "$strategy: a program that waits until its own alarm ends it hangs" \
        "$(jq -r '.findings[] | [.outcome, .explanation] | @tsv' overdue.out/findings.json)" \
        '^hung.*waits in pause\(\) at overdue\.c:15'
    status_is 0 "$strategy: ... it comes back" "$MF_RUN" replay -q overdue.out/reproducers/*.json
    "$MF_RUN" -q --mode once --strategy "$strategy" -o overdue.out ./overdue virtual 2>err
    like "$strategy: ... and one that runs on until then" \
        "$(jq -r '.findings[] | [.outcome, .explanation] | @tsv' overdue.out/findings.json)" \
        '^hung.*at overdue\.c:13.*does not end in its time'
done

# Looking at a thread ends what it waits for, and it waits anew, which is not a loop.
cat >waits.c <<'END'
#include <signal.h>
#include <stdlib.h>
int main(void) {
    sigset_t wanted;
    int signal;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    void *block = malloc(9);
    if (!block) {
        sigwait(&wanted, &signal);
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o waits waits.c || exit 1
"$MF_RUN" -q --mode once --timeout 400ms -o waits.out ./waits 2>err
like "what waits for a signal does not loop" \
    "$(jq -r '.findings[] | .explanation' waits.out/findings.json)" 'waits in sig.*wait\(\) at waits\.c:11'
for strategy in in-place fresh; do
    "$MF_RUN" -q --mode once --strategy "$strategy" -o overdue.out ./overdue real killed 2>err
    like "$strategy: one that SIGKILL ends has not handled the failure" \
        "$(jq -r '.findings[] | [.outcome, .explanation] | @tsv' overdue.out/findings.json)" \
        '^crashed.*it is killed by SIGKILL; the place is unknown, because it ends a program at once, whoever sent it$'
    status_is 0 "$strategy: ... it comes back" "$MF_RUN" replay -q overdue.out/reproducers/*.json
done

# Who sent a SIGKILL nobody knows; what it ended is tried again, and is no defect if it does
# not come again.
cat >once.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    void *block = malloc(9);
    if (!block && mkdir("was-killed", 0700) == 0) {
        kill(getpid(), SIGKILL);
    }
    free(block);
    return block ? 0 : 1;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o once once.c || exit 1
says 0 '1 failure is flaky: SIGKILL ended the program once, but not when it was tried again' \
    "a SIGKILL that does not come again" "$MF_RUN" -o once.out ./once
is "... is an outcome of its own" "$(jq -c '[.outcomes.flaky, .outcomes.crashed]' once.out/findings.json)" \
    '[1,0]'

explored deeper in-place >/dev/null
is "a recursion without end is a crash" \
    "$(jq -c '[.outcomes.crashed, [.findings[].class]]' found/findings.json)" '[3,["stack overflow"]]'

# One that also says so at each step is cut off by how much it says.
cat >says.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static int panic(char *words) {
    fputs(words, stderr);
    void *more = malloc(7);
    return more ? 0 : panic(words) + 1;
}
int main(void) {
    static char words[1 << 16];
    for (size_t i = 0; i + 1 < sizeof(words); i++) {
        words[i] = i % 80 == 79 ? '\n' : 'x';
    }
    void *block = malloc(7);
    return block ? 0 : panic(words);
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o says says.c || exit 1
for strategy in in-place fresh; do
    "$MF_RUN" -q --mode persistent --strategy "$strategy" -o says.out ./says >out 2>err
    is "$strategy: a recursion that floods its output is one, too" \
        "$(jq -c '[.outcomes.crashed, [.findings[].class]]' says.out/findings.json)" \
        '[1,["stack overflow"]]'
done

# A loop is one defect wherever it is stopped; who waits stands at one place.
cat >waits.c <<'END'
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int main(void) {
    int ends[2];
    char byte;
    pthread_mutex_lock(&lock);
    if (pipe(ends) || !malloc(11)) {
        pthread_mutex_lock(&lock);
    }
    if (!malloc(12)) {
        return read(ends[0], &byte, 1) < 0;
    }
    if (!malloc(13)) {
        return read(ends[0], &byte, 1) < 0;
    }
    return 0;
}
END
${CC:-cc} -g -w -O0 -fno-builtin -pthread -o waits waits.c || exit 1
for strategy in in-place fresh; do
    "$MF_RUN" -q --strategy $strategy -o waits.out ./waits >out 2>err
    is "$strategy: three waits in one function are three defects" \
        "$(jq -c '[.findings[] | [.injection.size, .crash_site.line]] | sort' waits.out/findings.json)" \
        '[[11,10],[12,13],[13,16]]'
done

# SIGXFSZ is no output without end where the program raises it, or has set the limit.
cat >sized.c <<'END'
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char way = argc > 1 ? argv[1][0] : 0;
    char *block = way == 'c' ? NULL : malloc(11);
    struct rlimit limit = {100, 100};
    if (!block && way == 'r') {
        raise(SIGXFSZ);
    } else if (!block) {
        int file = open("sized.out", O_CREAT | O_TRUNC | O_WRONLY, 0600);
        setrlimit(RLIMIT_FSIZE, &limit);
        while (write(file, "twenty bytes a line\n", 20) > 0) { }
    }
    free(block);
    return 0;
}
END
${CC:-cc} -g -w -O0 -fno-builtin -o sized sized.c || exit 1
for strategy in in-place fresh; do
    for way in "raise 11" "limit 15"; do
        "$MF_RUN" -q --strategy $strategy -o sized.found ./sized "${way% *}" >out 2>err
        is "$strategy: SIGXFSZ is a crash: ${way% *}" \
            "$(jq -r '.findings[] | "\(.outcome) \(.signal_name)"' sized.found/findings.json)" \
            "crashed SIGXFSZ"
        like "... at its line" "$(cat err)" "ends the program at sized\\.c:${way#* }"
    done
    says 0 . "... and comes back" "$MF_RUN" replay sized.found/reproducers/*.json
done
says 125 'SIGXFSZ ended the clean run' "a clean run that ends so" "$MF_RUN" -o sized.found ./sized clean
plan
