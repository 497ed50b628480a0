// SPDX-License-Identifier: MIT
/**
 * Killed at some instant of a busy life. `killed MICROSECONDS [MICROSECONDS]`: it is
 * killed by SIGKILL at the first time, and dies of a NULL at the second; until then it
 * allocates, starts threads and children, and lives with faults.
 */
#include "say.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static long long now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void wait_until(long long time) {
    long long left = time - now_us();
    struct timespec pause = {left / 1000000, left % 1000000 * 1000};
    if (left > 0) {
        nanosleep(&pause, NULL);
    }
}

static void mend(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    signal(SIGSEGV, SIG_IGN);
}

static void *work(void *unused) {
    for (int i = 0; i < 200; i++) {
        void *volatile block = malloc(100 + (size_t)i);
        free(block);
    }
    return unused;
}

static void live(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) == 0) {
        work(NULL);
        pthread_join(thread, NULL);
    }
    struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    raise(SIGSEGV);
    pid_t child = fork();
    if (child == 0) {
        work(NULL);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

int main(int argc, char *argv[]) {
    long long start = now_us();
    long long end = start + (argc > 2 ? atoll(argv[2]) : 20000000);
    if (argc < 2) {
        return 98;
    }
    pid_t self = getpid();
    work(NULL);
    if (fork() == 0) {
        wait_until(start + atoll(argv[1]));
        kill(self, SIGKILL);
        _exit(0);
    }
    while (now_us() < end) {
        live();
    }
    signal(SIGSEGV, SIG_DFL);
    *(volatile int *)NULL = 1;
    return 97;
}
