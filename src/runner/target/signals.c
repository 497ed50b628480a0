// SPDX-License-Identifier: MIT
#include "runner/target/signals.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** How far a process may be from the runner to be known as one of its descendants. */
#define DEPTH_MAX 64

/** What the runner waits for: its children, and what it passes on to the target. */
static const int awaited[] = {SIGCHLD, SIGCONT, SIGINT,  SIGTERM,
                              SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2};

static const struct {
    int number;
    const char *name;
} names[] = {
    {SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},
    {SIGILL, "SIGILL"},       {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},       {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"},
    {SIGUSR1, "SIGUSR1"},     {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},
    {SIGSTKFLT, "SIGSTKFLT"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
    {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGPOLL, "SIGPOLL"},
    {SIGPWR, "SIGPWR"},       {SIGSYS, "SIGSYS"},
};

static void fill(sigset_t *set) {
    sigemptyset(set);
    for (size_t i = 0; i < sizeof(awaited) / sizeof(awaited[0]); i++) {
        sigaddset(set, awaited[i]);
    }
}

void signals_take(struct signals *signals) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction tell = {.sa_handler = SIG_DFL};
    sigset_t set;
    fill(&set);
    // So that the terminal can be taken back from the background.
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, &signals->mask);
    sigaction(SIGCHLD, &tell, &signals->child);
    sigaction(SIGPIPE, &ignore, &signals->broken_pipe);
}

void signals_restore(const struct signals *signals) {
    sigaction(SIGPIPE, &signals->broken_pipe, NULL);
    sigaction(SIGCHLD, &signals->child, NULL);
    sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

/** Wait for a signal of a set, from wherever it comes; 0 when the time is over. */
static int take_of(const sigset_t *set, uint64_t span, siginfo_t *from) {
    struct timespec time = clock_span(span);
    int number = sigtimedwait(set, from, span == CLOCK_NEVER ? NULL : &time);
    return number > 0 ? number : 0;
}

/** Wait for any that the runner waits for. */
static int take(uint64_t span, siginfo_t *from) {
    sigset_t set;
    fill(&set);
    return take_of(&set, span, from);
}

/** Whether a process came of a target: of one of our children, which are the leaders of
 * groups of their own. What the runner's caller had left running is in the runner's. */
static bool is_of_target(pid_t pid) {
    pid_t self = getpid();
    pid_t child = 0;
    for (int depth = 0; pid > 1 && pid != self && depth < DEPTH_MAX; depth++) {
        child = pid;
        pid = procfile_parent(pid);
    }
    return child > 0 && pid == self && getpgid(child) != getpgrp();
}

/** Whether a signal says what the target wants, not the user. */
static bool is_idle(int number, const siginfo_t *from) {
    bool sent = from->si_code == SI_USER || from->si_code == SI_QUEUE ||
                from->si_code == SI_TKILL;
    return number != 0 && number != SIGCHLD && sent && is_of_target(from->si_pid);
}

int signals_wait(uint64_t span) {
    uint64_t now = clock_now();
    uint64_t until = span < CLOCK_NEVER - now ? now + span : CLOCK_NEVER;
    siginfo_t from = {0};
    int number = take(span, &from);
    while (is_idle(number, &from)) {
        now = clock_now();
        number = take(until == CLOCK_NEVER ? CLOCK_NEVER
                      : until > now        ? until - now
                                           : 0,
                      &from);
    }
    return number;
}

bool signals_are_final(int number) {
    return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

void signals_sift(void) {
    siginfo_t from;
    sigset_t sifted, kept;
    int number;
    fill(&sifted);
    // That a child has something to tell is never idle: it stays where it is.
    sigdelset(&sifted, SIGCHLD);
    sigemptyset(&kept);
    while ((number = take_of(&sifted, 0, &from)) != 0) {
        if (!is_idle(number, &from)) {
            sigaddset(&kept, number);
        }
    }
    for (size_t i = 0; i < sizeof(awaited) / sizeof(awaited[0]); i++) {
        if (sigismember(&kept, awaited[i]) == 1) {
            kill(getpid(), awaited[i]);
        }
    }
}

void signals_drop(void) {
    siginfo_t from;
    while (take(0, &from) != 0) {
    }
}

const char *signals_name(int number, char buffer[32]) {
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    snprintf(buffer, 32, "signal %d", number);
    return buffer;
}
