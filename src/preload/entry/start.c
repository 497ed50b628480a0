// SPDX-License-Identifier: MIT
// The moments of arming: the library's constructor, and the way into main; and the end.
#include "preload/base/state.h"
#include "preload/explore/exploration.h"
#include "preload/explore/explore.h"
#include "preload/explore/leaving.h"
#include "preload/explore/owner.h"
#include "preload/explore/threads.h"
#include "preload/heap/account.h"
#include "preload/pages/pages.h"
#include "preload/patch/linkage.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/arming.h"
#include "preload/policy/startup.h"

#include <dlfcn.h>

typedef int main_function(int argc, char **argv, char **environment);
typedef int start_function(main_function *main, int argc, char **argv, void (*init)(void),
                           void (*fini)(void), void (*loader_fini)(void),
                           void *stack_end);

/** The program's main, kept while libc starts up. */
static main_function *real_main;

__attribute__((constructor)) static void on_load(void) {
    mf_startup_run();
    // What was not relocated on the first call is now.
    mf_linkage_reach();
    mf_arming_reach(MF_ARM_LOAD);
}

/** The loader's end, which comes behind all functions and destructors that run at exit; NULL =
 * it is not known. */
static void (*real_loader_end)(void);

/** Whether there is no other thread; older C libraries do not tell. */
static bool is_alone(void) {
    return mf.single_threaded ? *mf.single_threaded
                              : mf_threads_look() == MF_THREADS_NONE;
}

__attribute__((destructor)) static void on_exit(void) {
    mf_explore_note_modules();
    // Another thread could free a block, and close it, while it is looked at.
    if (mf_pages.on && is_alone()) {
        mf_pages_end();
    }
    if (!real_loader_end) {
        mf_leaving_tell();
    }
}

/** The last that runs at exit. */
static void end_loader(void) {
    real_loader_end();
    mf_leaving_tell();
}

/** Note how many calls came before main, where a clean run is recorded, and that it begins
 * where a suite is run. */
static void note_main(void) {
    if (mf_exploration.mode == MF_EXPLORE_RECORD && mf.process) {
        atomic_store(&mf.process->before_main, 1 + mf_process_seen(mf.process));
    }
    if (mf_exploration.mode == MF_EXPLORE_SUITE && mf_exploration.suite) {
        mf_owner_enter_main();
    }
}

/** Whether main is entered by way of us: in all runs of an exploration, so that stacks are
 * the same in all of them. */
static bool is_wrapped(void) {
    bool explored = mf.head && mf.head->options & MF_OPTION_ALONE;
    return explored || mf_policies.all[0].policy.arm == MF_ARM_MAIN;
}

static int armed_main(int argc, char **argv, char **environment) {
    note_main();
    mf_arming_reach(MF_ARM_MAIN);
    return real_main(argc, argv, environment);
}

start_function __libc_start_main;

__attribute__((visibility("default"))) int
__libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
                  void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
    start_function *next = (start_function *)dlsym(RTLD_NEXT, "__libc_start_main");
    // musl runs constructors, ours too, only after this.
    mf_startup_run();
    real_main = main;
    // Without a need for it nothing of ours is in the way.
    if (mf_account && mf_exploration.suite) {
        real_loader_end = loader_fini;
    }
    return next(is_wrapped() ? armed_main : main, argc, argv, init, fini,
                real_loader_end ? end_loader : loader_fini, stack_end);
}
