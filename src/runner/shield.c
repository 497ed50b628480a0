// SPDX-License-Identifier: MIT
#include "runner/shield.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

enum { CAUGHT = sizeof(caught) / sizeof(caught[0]) };

/** What the signals meant before. */
static struct sigaction before[CAUGHT];
/** Where the call that is being made began; handlers get nothing but this. */
static sigjmp_buf *volatile back;

void shield_leave(void) {
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

/** Catch the signals, from the first call on: there are thousands of calls. */
static void catch (void) {
    static bool caught_already;
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT && !caught_already; i++) {
        sigaction(caught[i], &action, &before[i]);
    }
    caught_already = true;
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
    catch ();
    return jump(function, context);
}
