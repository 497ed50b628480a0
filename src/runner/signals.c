// SPDX-License-Identifier: MIT
#include "runner/signals.h"

#include "runner/clock.h"

#include <stdio.h>
#include <string.h>

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

int signals_wait(uint64_t span) {
    sigset_t set;
    fill(&set);
    struct timespec time = clock_span(span);
    int number = sigtimedwait(&set, NULL, span == CLOCK_NEVER ? NULL : &time);
    return number > 0 ? number : 0;
}

void signals_drop(void) {
    while (signals_wait(0) != 0) {
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
