// SPDX-License-Identifier: MIT
#include "runner/shield.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

enum { CAUGHT = sizeof(caught) / sizeof(caught[0]) };

/** Where the call that is being made began; handlers get nothing but this. */
static sigjmp_buf *volatile back;

void shield_leave(void) {
    if (!back) {
        abort();
    }
    siglongjmp(*back, 1);
}

static void on_signal(int signal) {
    (void)signal;
    shield_leave();
}

/** Make the call; whether it returned. */
static bool jump(shield_function *function, void *context) {
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

bool shield_call(shield_function *function, void *context) {
    struct sigaction action = {.sa_handler = on_signal}, before[CAUGHT];
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++) {
        sigaction(caught[i], &action, &before[i]);
    }
    bool returned = jump(function, context);
    for (int i = 0; i < CAUGHT; i++) {
        sigaction(caught[i], &before[i], NULL);
    }
    return returned;
}
