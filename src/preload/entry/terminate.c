// SPDX-License-Identifier: MIT
// std::set_terminate: a program's own handler may end the program as if nothing had
// happened. In a trial of an exploration, where something has failed, the process gets
// SIGABRT before its handler runs, as it would without one: so the runner sees where, and
// judges what left which function.
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

typedef void handler_function(void);
typedef handler_function *set_function(handler_function *);

/** The program's handler; NULL = it has none. */
static handler_function *_Atomic own;

/** Whether this is a trial, and something has failed in this process. */
static bool is_tried(void) {
    const struct mf_process *process = mf.process;
    return mf.head && mf.head->explore.trial &&
           (mf_exploration.child || (process && atomic_load(&process->injections) > 0));
}

static void on_terminate(void) {
    handler_function *handler = atomic_load(&own);
    if (is_tried()) {
        mf_sys_raise(SIGABRT);
    }
    if (handler) {
        handler();
    }
}

/** std::set_terminate(), by its linker name. */
__attribute__((visibility("default"))) set_function _ZSt13set_terminatePFvvE;

handler_function *_ZSt13set_terminatePFvvE(handler_function *handler) {
    set_function *next = (set_function *)dlsym(RTLD_NEXT, "_ZSt13set_terminatePFvvE");
    handler_function *before = atomic_exchange(&own, handler);
    if (!next) {
        return before;
    }
    handler_function *known = next(handler ? on_terminate : NULL);
    return known == on_terminate ? before : known;
}
