// SPDX-License-Identifier: MIT
// std::set_terminate: a program's own handler may end the program as if nothing had
// happened. What nobody catches is the handler's: it runs, and its end is judged. But where a
// noexcept function or a destructor stopped an exception, or the C++ library found a rule
// broken, the process gets SIGABRT before its handler runs, as it would without one: so the
// runner sees where, and judges. That is done in a trial of an exploration, where something
// has failed.
#include "preload/base/inside.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/stack/cfi.h"
#include "preload/stack/stack.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

typedef void handler_function(void);
typedef handler_function *set_function(handler_function *);

/** As the C++ ABI has std::type_info. */
struct type {
    const void *methods;
    const char *name;
};
typedef const struct type *type_function(void);

/** The program's handler; NULL = it has none. */
static handler_function *_Atomic own;

/** What asks for std::terminate() where nobody catches an exception, or where there is no
 * memory for one. */
static const char *const throwing[] = {
    "__cxa_throw", "__cxa_rethrow",
    "_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE",
    "__cxa_allocate_exception"};
#define THROWING (sizeof(throwing) / sizeof(throwing[0]))

/** Where these begin; 0 = not known. */
static uintptr_t _Atomic beginnings[THROWING];

/** __cxa_current_exception_type(); NULL = not known. */
static type_function *_Atomic current_type;

/** Whether this is a trial, and something has failed in this process. */
static bool is_tried(void) {
    const struct mf_process *process = mf.process;
    return mf.head && mf.head->explore.trial &&
           (mf_exploration.child || (process && atomic_load(&process->injections) > 0));
}

/** What a walk looks for. */
struct search {
    size_t frames;
    bool found;
};

/** mf_stack_walk()'s question: std::terminate() has few frames of its own. */
static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    enum { FRAMES = 4 };
    struct search *search = context;
    uintptr_t function = 0;
    (void)mf_cfi_step(frame->address, &function);
    for (size_t i = 0; function && i < THROWING; i++) {
        search->found |= atomic_load(&beginnings[i]) == function;
    }
    return !search->found && ++search->frames < FRAMES;
}

/** Whether an exception that nobody catches is what ends the program. */
static bool is_uncaught(void) {
    struct search search = {0, false};
    struct mf_inside_mark mark;
    bool entered = mf_inside_enter(&mark);
    mf_stack_walk(0, on_frame, &search);
    if (entered) {
        mf_inside_leave();
    }
    return search.found;
}

/** Say what the C++ library's own handler says. */
static void say_exception(void) {
    type_function *ask = atomic_load(&current_type);
    const struct type *type = ask ? ask() : NULL;
    if (type) {
        // The first byte may be a mark.
        mf_say("before the program's own handler: terminate called after throwing an "
               "instance of '",
               type->name + (type->name[0] == '*'), "'", NULL);
    } else if (ask) {
        mf_say("before the program's own handler: terminate called without an active "
               "exception",
               NULL);
    }
}

static void on_terminate(void) {
    handler_function *handler = atomic_load(&own);
    if (is_tried() && !is_uncaught()) {
        say_exception();
        mf_sys_raise(SIGABRT);
    }
    if (handler) {
        handler();
    }
}

/** Find what is asked for when it comes to an end. */
static void find_functions(void) {
    for (size_t i = 0; i < THROWING; i++) {
        atomic_store(&beginnings[i], (uintptr_t)dlsym(RTLD_NEXT, throwing[i]));
    }
    atomic_store(&current_type,
                 (type_function *)dlsym(RTLD_NEXT, "__cxa_current_exception_type"));
}

/** std::set_terminate(), by its linker name. */
__attribute__((visibility("default"))) set_function _ZSt13set_terminatePFvvE;

handler_function *_ZSt13set_terminatePFvvE(handler_function *handler) {
    set_function *next = (set_function *)dlsym(RTLD_NEXT, "_ZSt13set_terminatePFvvE");
    handler_function *before = atomic_exchange(&own, handler);
    if (!next) {
        return before;
    }
    find_functions();
    handler_function *known = next(handler ? on_terminate : NULL);
    return known == on_terminate ? before : known;
}
