// SPDX-License-Identifier: MIT
#include "runner/util/fault_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/** Room for a handler: debug information without end may use up the stack. */
#define HANDLER_STACK 65536

enum { CAUGHT = sizeof(caught) / sizeof(caught[0]) };

/** What the signals meant before. */
static struct sigaction before[CAUGHT];
static bool taken;
/** Where the call that is being made began; handlers get nothing but this. */
static sigjmp_buf *volatile back;

void fault_guard_leave(void) {
    if (!back) {
        abort();
    }
    siglongjmp(*back, 1);
}

/** Go back to where the call began; outside of a call, to what a signal meant before. */
static void on_signal(int signal) {
    if (back) {
        siglongjmp(*back, 1);
    }
    for (int i = 0; i < CAUGHT; i++) {
        if (caught[i] == signal) {
            sigaction(signal, &before[i], NULL);
        }
    }
    raise(signal);
}

/** Take the signals, from the first call on: there are thousands of calls. */
static void take_signals(void) {
    static char room[HANDLER_STACK];
    const stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (!taken) {
        sigaltstack(&stack, NULL);
    }
    for (int i = 0; i < CAUGHT && !taken; i++) {
        sigaction(caught[i], &action, &before[i]);
    }
    taken = true;
}

/** Make the call; whether it returned. */
static bool jump(fault_guard_function *function, void *context) {
    sigjmp_buf here;
    if (sigsetjmp(here, 1) != 0) {
        back = NULL;
        return false;
    }
    back = &here;
    function(context);
    back = NULL;
    return true;
}

void fault_guard_lower(void) {
    for (int i = 0; i < CAUGHT && taken; i++) {
        sigaction(caught[i], &before[i], NULL);
    }
}

bool fault_guard_call(fault_guard_function *function, void *context) {
    take_signals();
    return jump(function, context);
}
