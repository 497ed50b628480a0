// SPDX-License-Identifier: MIT
// A program that allocates again and again, and does something in between that a forerunner
// must leave to it, or may do as well. Usage: ahead WHAT [abort]
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;
static int offset;

static void on_signal(int number) {
    (void)number;
    signals++;
}

static void nothing(int round) {
    (void)round;
}

static void print(int round) {
    printf("line %d\n", round);
    fflush(stdout);
}

static void take(int round) {
    char byte;
    if (read(0, &byte, 1) != 1 || byte != 'a' + round % 26) {
        abort();
    }
    offset++;
    if (lseek(0, 0, SEEK_CUR) != offset) {
        abort();
    }
}

// Each line is written once by each process that is no child.
static void append(int round) {
    char line[64];
    int fd = open("lines", O_WRONLY | O_CREAT | O_APPEND, 0600);
    int length = snprintf(line, sizeof(line), "%d %d\n", (int)getpid(), round);
    if (fd < 0 || write(fd, line, (size_t)length) != length) {
        abort();
    }
    close(fd);
}

static void raises(int round) {
    raise(SIGUSR1);
    if (signals != round + 1) {
        abort();
    }
}

// However late it is, the signal comes while it waits.
static void expire(int round) {
    struct itimerval soon = {.it_value = {0, 2000}};
    sigset_t none, alarm;
    sigemptyset(&none);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    while (signals <= round) {
        sigsuspend(&none);
    }
    sigprocmask(SIG_UNBLOCK, &alarm, NULL);
}

static void sleeps(int round) {
    struct timespec moment = {0, 1000000};
    (void)round;
    nanosleep(&moment, NULL);
}

static void ask(int round) {
    static pid_t own, group;
    if (round > 0 && (getpid() != own || getpgid(0) != group || getpgid(own) != group)) {
        abort();
    }
    own = getpid();
    group = getpgid(0);
}

static void limit(int round) {
    struct rlimit now;
    getrlimit(RLIMIT_CORE, &now);
    if (round > 0 && now.rlim_cur != 0) {
        abort();
    }
    now.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &now);
}

static void use(int round) {
    clock_t before = clock();
    (void)round;
    while (clock() < before + CLOCKS_PER_SEC / 200) {
    }
}

// What it waits for comes when it has closed its end of a pipe, which a forerunner cannot.
static void awaits(int round) {
    static int to[2], from[2];
    static pid_t pid;
    char byte;
    if (round > 0) {
        struct pollfd answer = {from[0], POLLIN, 0};
        close(to[1]);
        poll(&answer, 1, -1);
        close(from[0]);
        waitpid(pid, NULL, 0);
    }
    if (pipe(to) != 0 || pipe(from) != 0) {
        abort();
    }
    pid = fork();
    if (pid == 0) {
        close(to[1]);
        _exit(read(to[0], &byte, 1) != 0 || write(from[1], "", 1) != 1);
    }
    close(to[0]);
    close(from[1]);
}

static const struct {
    const char *name;
    void (*act)(int round);
} acts[] = {
    {"nothing", nothing}, {"print", print},   {"take", take},    {"append", append},
    {"raise", raises},    {"expire", expire}, {"sleep", sleeps}, {"ask", ask},
    {"limit", limit},     {"use", use},       {"await", awaits},
};

int main(int argc, char **argv) {
    signal(SIGUSR1, on_signal);
    signal(SIGALRM, on_signal);
    for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(acts[0]); i++) {
        for (int round = 0; strcmp(argv[1], acts[i].name) == 0 && round < 12; round++) {
            char *volatile block = malloc(100);
            if (!block && argc > 2) {
                abort();
            }
            if (!block) {
                // The last one is used all the same.
                if (round == 11) {
                    *block = 1;
                }
                return 3;
            }
            free(block);
            acts[i].act(round);
        }
    }
    return 0;
}
