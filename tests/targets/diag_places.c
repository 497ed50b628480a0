// SPDX-License-Identifier: MIT
/** One bug in places where a crash is not easily seen. The allocation that is to fail has
 * 1,000 bytes. `diag_places dlopen LIBRARY` */
#include "bug.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char *library;

BUG(void, broken, void) {
    int *block = malloc(1000); // FAILS broken
    LAUNDER(block);
    block[2] = 1; // BREAKS broken
    free(block);
}

static void *thread_main(void *unused) {
    pthread_setname_np(pthread_self(), "worker");
    broken();
    return unused;
}

static void run_thread(void *(*function)(void *)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, NULL) == 0) {
        pthread_join(thread, NULL);
    }
}

static void in_thread(void) {
    run_thread(thread_main);
}

/** The parent ends well whatever became of its child. */
static void in_child(void) {
    pid_t child = fork();
    if (child == 0) {
        broken();
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void in_library(void) {
    void *handle = dlopen(library, RTLD_NOW);
    void (*run)(void) =
        handle ? (void (*)(void))(uintptr_t)dlsym(handle, "plugin_run") : NULL;
    if (!run) {
        _exit(97);
    }
    run();
    dlclose(handle);
}

static void catch_signal(void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static void raise_again(int number) {
    signal(number, SIG_DFL);
    raise(number);
}

static void in_handled_raise(void) {
    catch_signal(raise_again, 0);
    broken();
}

static void abort_instead(int number) {
    (void)number;
    abort();
}

static void in_handled_abort(void) {
    catch_signal(abort_instead, 0);
    broken();
}

static void exit_instead(int number) {
    static const char message[] = "something went wrong\n";
    (void)number;
    _exit(write(STDERR_FILENO, message, sizeof(message) - 1) > 0 ? 1 : 2);
}

static void in_handled_exit(void) {
    catch_signal(exit_instead, 0);
    broken();
}

/** Handles the fault on another stack, then dies of it. */
static void in_altstack(void) {
    static char space[65536];
    stack_t stack = {.ss_sp = space, .ss_size = sizeof(space)};
    sigaltstack(&stack, NULL);
    catch_signal(raise_again, SA_ONSTACK);
    broken();
}

static void in_blocked(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    broken();
}

/** Makes a good end of the fault. */
static void exit_well(int number) {
    (void)number;
    _exit(0);
}

static void in_handled_well(void) {
    catch_signal(exit_well, 0);
    broken();
}

static sigjmp_buf back;

static void leave(int number) {
    siglongjmp(back, number);
}

static void in_left(void) {
    catch_signal(leave, 0);
    if (!sigsetjmp(back, 1)) {
        broken();
    }
}

static volatile sig_atomic_t mended;
static char *volatile page;

/** What a program does whose collector of garbage watches pages. */
static void mend(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    if (info->si_addr != page || mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0) {
        signal(SIGSEGV, SIG_DFL);
    }
    mended++;
}

static void watch_page(void) {
    struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &action, NULL);
    while (mended < 100) {
        mprotect(page, 4096, PROT_NONE);
        page[0] = 1;
    }
}

/** Lives with a hundred faults, and dies of the next one. */
static void in_used_to_faults(void) {
    watch_page();
    broken();
}

static void *volatile spare;

/** Lives with its faults, and with the failure. */
static void in_survived(void) {
    spare = malloc(1000);
    watch_page();
    free(spare);
}

BUG(void, raise_segv, void) {
    spare = malloc(1000); // FAILS raise
    if (!spare) {
        raise(SIGSEGV); // BREAKS raise
    }
    free(spare);
}

static void *thread_raise(void *unused) {
    pthread_setname_np(pthread_self(), "raiser");
    raise_segv();
    return unused;
}

static void in_raise(void) {
    run_thread(thread_raise);
}

int main(int argc, char *argv[]) {
    static const struct bug bugs[] = {
        {"here", broken},
        {"thread", in_thread},
        {"child", in_child},
        {"dlopen", in_library},
        {"handled-raise", in_handled_raise},
        {"handled-abort", in_handled_abort},
        {"handled-exit", in_handled_exit},
        {"altstack", in_altstack},
        {"blocked", in_blocked},
        {"handled-well", in_handled_well},
        {"left", in_left},
        {"survived", in_survived},
        {"used-to-faults", in_used_to_faults},
        {"raise", in_raise},
    };
    library = argc > 2 ? argv[2] : argv[0];
    return run_bug(bugs, sizeof(bugs) / sizeof(bugs[0]), argc, argv);
}
