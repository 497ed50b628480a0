// SPDX-License-Identifier: MIT
// threads that wait for the first one, which may wake them, signal to them, and wait for them
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER,
                       kept = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER, ready = PTHREAD_COND_INITIALIZER;
static int waiting;
static char *volatile order;

static void on_signal(int signal) {
    (void)signal;
    _exit(7);
}

static void *work(void *given) {
    pthread_mutex_lock(&kept);
    pthread_mutex_lock(&mutex);
    waiting = 1;
    pthread_cond_signal(&ready);
    pthread_cond_wait(&wake, &mutex);
    order[0] = 1;
    return given;
}

// Have it work; it finds no order.
static void wake_it(void) {
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&mutex);
    usleep(500000);
}

static void signal_it(void) {
    sigset_t set;
    signal(SIGUSR1, on_signal);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    usleep(500000);
}

static void ask_for_what_it_keeps(void) {
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += soon.tv_nsec < 900000000 ? 20000000 : 0;
    if (pthread_mutex_timedlock(&kept, &soon) != 0) {
        _exit(5);
    }
}

static void cancel_it(pthread_t thread) {
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    _exit(6);
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0) {
        return 1;
    }
    pthread_mutex_lock(&mutex);
    while (!waiting) {
        pthread_cond_wait(&ready, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    usleep(10000);
    if (!malloc(100)) {
        wake_it();
    }
    if (!malloc(101)) {
        signal_it();
    }
    if (!malloc(102)) {
        ask_for_what_it_keeps();
    }
    if (!malloc(103)) {
        cancel_it(thread);
    }
    if (!malloc(104)) {
        order[0] = 1;
    }
    if (!malloc(105)) {
        puts("none");
    }
    puts("done");
    return 0;
}
