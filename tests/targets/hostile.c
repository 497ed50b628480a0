// SPDX-License-Identifier: MIT
/**
 * Programs that pull the ground away. `hostile WHAT` does that, then allocates ten times
 * of 24 bytes and prints which of these failed, then ends in its way.
 */
#include "say.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t signals;
static volatile sig_atomic_t signal_failures;

static void ten(void) {
    say_failures("ten", 10, 24);
}

static void do_nothing(void) {
    ten();
}

/** Close all descriptors but the one to speak by. */
static void do_close(void) {
    for (int i = 0; i < 1024; i++) {
        if (i != STDOUT_FILENO) {
            close(i);
        }
    }
    ten();
}

/** Take every descriptor that can be had, so that none is left to open. */
static void do_exhaust(void) {
    struct rlimit limit = {64, 64};
    setrlimit(RLIMIT_NOFILE, &limit);
    while (open("/dev/null", O_RDONLY) >= 0) {
    }
    ten();
}

static void do_chdir(void) {
    if (chdir("/")) {
        return;
    }
    ten();
}

static void do_clearenv(void) {
    clearenv();
    ten();
}

static void do_ignore(void) {
    alarm(20);
    for (int i = 1; i < 32; i++) {
        if (i != SIGALRM) {
            signal(i, SIG_IGN);
        }
    }
    ten();
}

static void do_exit_now(void) {
    ten();
    _exit(7);
}

static void do_kill(void) {
    ten();
    raise(SIGKILL);
}

static void do_segv(void) {
    ten();
    raise(SIGSEGV);
}

static void do_abort(void) {
    ten();
    abort();
}

static void on_timer(int number) {
    (void)number;
    void *volatile block = malloc(5000);
    if (!block) {
        signal_failures++;
    }
    free(block);
    signals++;
}

/** A storm of signals whose handler allocates, over a main program that does not. */
static void do_storm(void) {
    struct sigaction action = {.sa_handler = on_timer};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval each = {{0, 200}, {0, 200}};
    setitimer(ITIMER_REAL, &each, NULL);
    while (signals < 500) {
        pause();
    }
    struct itimerval none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &none, NULL);
    say("%d of %d\n", (int)signal_failures, (int)signals);
}

/**
 * The same over a program that allocates all the time, to run with every malloc failing:
 * then the allocator itself is never interrupted, only the library is.
 */
static void do_storm_busy(void) {
    struct sigaction action = {.sa_handler = on_timer};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval each = {{0, 100}, {0, 100}};
    setitimer(ITIMER_REAL, &each, NULL);
    long served = 0;
    while (signals < 500) {
        void *volatile block = malloc(100);
        served += block != NULL;
    }
    struct itimerval none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &none, NULL);
    say("%ld served\n", served);
}

static volatile unsigned failed_bits;

/** Ten allocations that need little stack: bit N is set when the Nth failed. */
static void ten_quietly(void) {
    for (unsigned i = 1; i <= 10; i++) {
        void *volatile block = malloc(24);
        if (!block) {
            failed_bits |= 1u << i;
        }
        free(block);
    }
}

static void say_ten(void) {
    say("ten:");
    for (unsigned i = 1; i <= 10; i++) {
        if (failed_bits >> i & 1) {
            say(" %u", i);
        }
    }
    say("\n");
}

static void *small_thread(void *unused) {
    (void)unused;
    ten_quietly();
    return NULL;
}

/** A thread with the least stack that there can be. */
static void do_small_stack(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN));
    if (!pthread_create(&thread, &attributes, small_thread, NULL)) {
        pthread_join(thread, NULL);
    }
    say_ten();
}

static void on_user_signal(int number) {
    (void)number;
    ten_quietly();
}

/** A signal handler on a stack of its own. */
static void do_altstack(void) {
    static _Alignas(16) char memory[16384];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};
    struct sigaction action = {.sa_handler = on_user_signal, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    say_ten();
}

static ucontext_t main_context, other_context;

/** A coroutine, on memory that no loader knows as a stack. */
static void do_context(void) {
    static _Alignas(16) char memory[16384];
    getcontext(&other_context);
    other_context.uc_stack.ss_sp = memory;
    other_context.uc_stack.ss_size = sizeof(memory);
    other_context.uc_link = &main_context;
    makecontext(&other_context, ten_quietly, 0);
    swapcontext(&main_context, &other_context);
    say_ten();
}

/** Allocate in a loop for ever, whatever comes. */
static void do_spin(void) {
    for (;;) {
        void *volatile block = malloc(24);
        free(block);
    }
}

static void on_interrupt(int number) {
    say("got %s\n", number == SIGINT ? "SIGINT" : "SIGTERM");
    _exit(number == SIGINT ? 3 : 4);
}

/** Say that it is ready, wait for a signal, say which. */
static void do_wait(void) {
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    ten();
    say("pid %d\n", (int)getpid());
    sleep(20);
}

static const struct {
    const char *name;
    void (*run)(void);
} deeds[] = {
    {"nothing", do_nothing},
    {"close", do_close},
    {"exhaust", do_exhaust},
    {"chdir", do_chdir},
    {"clearenv", do_clearenv},
    {"ignore", do_ignore},
    {"exit-now", do_exit_now},
    {"kill", do_kill},
    {"segv", do_segv},
    {"abort", do_abort},
    {"storm", do_storm},
    {"storm-busy", do_storm_busy},
    {"small-stack", do_small_stack},
    {"altstack", do_altstack},
    {"context", do_context},
    {"spin", do_spin},
    {"wait", do_wait},
};

int main(int argc, char *argv[]) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (size_t i = 0; argc == 2 && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (!strcmp(argv[1], deeds[i].name)) {
            deeds[i].run();
            return 0;
        }
    }
    say("unknown deed\n");
    return 98;
}
