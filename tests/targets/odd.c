// SPDX-License-Identifier: MIT
/**
 * Programs that live oddly. `odd WHAT` does that, makes allocations of 24 bytes and
 * prints which of them failed, by their place among its own.
 */
#include "say.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

static void ten(void) {
    say_failures("ten", 10, 24);
}

static sigjmp_buf back;
static volatile int jumps;

static void on_timer(int number) {
    (void)number;
    jumps++;
    siglongjmp(back, 1);
}

static void arm_timer(long us) {
    struct itimerval each = {{0, us}, {0, us}};
    setitimer(ITIMER_REAL, &each, NULL);
}

/** Call malloc at some depth of the stack, until a handler takes us away. */
static void allocate_at(int depth, size_t size) {
    volatile char room[64] = {0};
    if (depth > room[0]) {
        allocate_at(depth - 1, size);
    }
    while (room[0] == 0) {
        void *volatile block = malloc(size);
        free(block);
    }
}

/**
 * Leave allocations by siglongjmp() out of a handler, in the middle. To run with each
 * call of 100 bytes failing: then the allocator itself is never interrupted. Afterwards
 * the numbers go on.
 */
static void do_longjmp(void) {
    struct sigaction action = {.sa_handler = on_timer};
    sigaction(SIGALRM, &action, NULL);
    if (sigsetjmp(back, 1) == 0) {
        arm_timer(300);
    }
    if (jumps < 300) {
        allocate_at(jumps % 8, 100);
    }
    arm_timer(0);
    ten();
}

/** So many children that share all memory with their parent; each allocates, and ends or
 * becomes another program. */
static void do_vfork_storm(void) {
    static char *const argv[] = {(char *)"true", NULL};
    static int bad, i;
    for (i = 0; i < 300; i++) {
        pid_t pid = vfork();
        if (pid == 0) {
            if (i % 2) {
                execvp(argv[0], argv);
            }
            _exit(i % 2);
        }
        int status;
        bad += pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
    }
    say("bad: %d\n", bad);
    ten();
}

static void at_exit(void) {
    say_failures("at exit", 10, 24);
}

static void do_atexit(void) {
    if (atexit(at_exit)) {
        return;
    }
    ten();
}

/** Call a function that came out of dlsym(). */
static void ten_by(void *symbol) {
    void *(*allocate)(size_t);
    memcpy(&allocate, &symbol, sizeof(allocate));
    say("ten:");
    for (int i = 1; symbol && i <= 10; i++) {
        void *block = allocate(24);
        if (!block) {
            say(" %d", i);
        }
        free(block);
    }
    say("\n");
}

static void do_next(void) {
    ten_by(dlsym(RTLD_NEXT, "malloc"));
}

static void do_default(void) {
    ten_by(dlsym(RTLD_DEFAULT, "malloc"));
}

/** Past everything that is preloaded. */
static void do_libc(void) {
    ten_by(dlsym(dlopen("libc.so.6", RTLD_NOW), "malloc"));
}

/** Be traced by the parent, whoever that is. */
static void do_traceme(void) {
    long result = ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    say("traced: %s\n", result == 0 ? "yes" : strerror(errno));
    ten();
}

/** The same, and stop for it. */
static void do_traceme_stop(void) {
    do_traceme();
    raise(SIGUSR1);
}

/** Trace a child of one's own, as debuggers do. */
static void do_debugger(void) {
    pid_t pid = fork();
    if (pid == 0) {
        long result = ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        if (result == 0) {
            raise(SIGSTOP);
        }
        _exit(result == 0 ? 0 : 3);
    }
    int status = 0, stops = 0;
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        stops++;
        ptrace(PTRACE_CONT, pid, NULL, NULL);
    }
    say("stops: %d, status: %d\n", stops, WEXITSTATUS(status));
    ten();
}

/** Nothing but read, write, exit and return from a signal from here on. */
static void do_strict(void) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    ten();
    syscall(SYS_exit, 0);
}

/** The same in a child, which has never allocated before. */
static void do_strict_child(void) {
    pid_t pid = fork();
    if (pid == 0) {
        do_strict();
    }
    int status = 0;
    waitpid(pid, &status, 0);
    say("child: %d\n", status);
    ten();
}

/** The same in a thread, likewise; its process ends with it. */
static void *strict_thread(void *unused) {
    (void)unused;
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    ten();
    syscall(SYS_exit, 0);
    return NULL;
}

static void do_strict_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, strict_thread, NULL) == 0) {
        pthread_join(thread, NULL);
    }
    say("joined\n");
}

#define LET(call)                                                                        \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                               \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/** What a program that has all it needs lets itself do: a call more and it dies. */
static void lock_up(int by_prctl) {
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        LET(write),
        LET(exit),
        LET(exit_group),
        LET(rt_sigreturn),
        LET(brk),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    static struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        return;
    }
    if (by_prctl) {
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    } else {
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    }
}

static void do_filter(void) {
    lock_up(1);
    ten();
}

static void do_filter_call(void) {
    lock_up(0);
    ten();
}

static void do_filter_child(void) {
    pid_t pid = fork();
    if (pid == 0) {
        lock_up(0);
        ten();
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    say("child: %d\n", status);
    ten();
}

/** Locked up with a failure before, and with a crash after. */
static void do_filter_crash(void) {
    ten();
    lock_up(0);
    ten();
    raise(SIGSEGV);
    *(volatile char *)NULL = 0;
}

/** Open the libraries given one after the other; each allocates when it comes. */
static void do_open(char **libraries) {
    int opened = 0;
    for (; *libraries; libraries++) {
        opened += dlopen(*libraries, RTLD_NOW | RTLD_LOCAL) != NULL;
    }
    say("opened: %d\n", opened);
    ten();
}

static const struct {
    const char *name;
    void (*run)(void);
} deeds[] = {
    {"longjmp", do_longjmp},
    {"vfork-storm", do_vfork_storm},
    {"atexit", do_atexit},
    {"next", do_next},
    {"default", do_default},
    {"libc", do_libc},
    {"traceme", do_traceme},
    {"traceme-stop", do_traceme_stop},
    {"debugger", do_debugger},
    {"strict", do_strict},
    {"strict-child", do_strict_child},
    {"strict-thread", do_strict_thread},
    {"filter", do_filter},
    {"filter-call", do_filter_call},
    {"filter-child", do_filter_child},
    {"filter-crash", do_filter_crash},
};

int main(int argc, char *argv[]) {
    alarm(30);
    // A locked-up program has its memory already, and one heap for all its threads.
    mallopt(M_ARENA_MAX, 1);
    void *volatile block = malloc(60000);
    free(block);
    if (argc > 2 && !strcmp(argv[1], "open")) {
        do_open(argv + 2);
        return 0;
    }
    for (size_t i = 0; argc == 2 && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (!strcmp(argv[1], deeds[i].name)) {
            deeds[i].run();
            return 0;
        }
    }
    say("unknown deed\n");
    return 98;
}
