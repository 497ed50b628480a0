// SPDX-License-Identifier: MIT
/**
 * Processes that make processes. `children HOW` makes one in that way; parent and child
 * each allocate ten times and print which of these failed. `children ten NAME` is what
 * the child runs where it is another image.
 */
#include "say.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static char *self;

static void ten(const char *who) {
    say_failures(who, 10, 24);
}

static void wait_for(pid_t child) {
    int status = -1;
    if (waitpid(child, &status, 0) != child || status) {
        say("child: status %d\n", status);
    }
}

static void do_fork(void) {
    say_failures("before", 4, 24);
    pid_t child = fork();
    if (child == 0) {
        ten("child");
        _exit(0);
    }
    wait_for(child);
    ten("parent");
}

static void exec_self(void) {
    execl(self, self, "ten", "child", (char *)NULL);
    _exit(127);
}

static void do_exec(void) {
    ten("before");
    exec_self();
}

static void do_fork_exec(void) {
    pid_t child = fork();
    if (child == 0) {
        exec_self();
    }
    wait_for(child);
    ten("parent");
}

static void do_vfork(void) {
    pid_t child = vfork();
    if (child == 0) {
        exec_self();
    }
    wait_for(child);
    ten("parent");
}

/** What must not be done in a vfork child, and is: it counts in its parent's memory. */
static void do_vfork_malloc(void) {
    pid_t child = vfork();
    if (child == 0) {
        void *volatile block = malloc(24);
        free(block);
        _exit(0);
    }
    wait_for(child);
    ten("parent");
}

static void do_spawn(void) {
    char ten_times[] = "ten", who[] = "child";
    char *argv[] = {self, ten_times, who, NULL};
    pid_t child;
    if (posix_spawn(&child, self, NULL, NULL, argv, environ)) {
        say("not spawned\n");
        return;
    }
    wait_for(child);
    ten("parent");
}

static void do_system(void) {
    char command[4096];
    snprintf(command, sizeof(command), "exec '%s' ten child", self);
    int status = system(command);
    if (status) {
        say("system: status %d\n", status);
    }
    ten("parent");
}

static void *forking_thread(void *unused) {
    (void)unused;
    do_fork();
    return NULL;
}

static void do_thread_fork(void) {
    pthread_t thread;
    if (!pthread_create(&thread, NULL, forking_thread, NULL)) {
        pthread_join(thread, NULL);
    }
}

/** Whether of a child's three allocations the third fails, and no other. */
static int third_fails_in_child(void) {
    pid_t child = fork();
    if (child == 0) {
        int bits = 0;
        for (int n = 1; n <= 3; n++) {
            void *volatile block = malloc(24);
            bits |= block ? 0 : 1 << n;
        }
        _exit(bits);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1 << 3;
}

static volatile int done;

static void *allocate_always(void *unused) {
    while (!done) {
        void *volatile block = malloc(24);
        free(block);
    }
    return unused;
}

/** Children of a program whose other threads allocate all the time. */
static void do_busy_fork(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&threads[i], NULL, allocate_always, NULL)) {
            say("no thread\n");
            _exit(97);
        }
    }
    int right = 0;
    for (int i = 0; i < 300; i++) {
        right += third_fails_in_child();
    }
    done = 1;
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    say("%d\n", right);
}

/** More processes than anybody has room for: prints how many third calls failed. */
static void do_many(void) {
    int failed = 0;
    for (int i = 0; i < 4500; i++) {
        failed += third_fails_in_child();
    }
    say("%d\n", failed);
}

/** A daemon in the classic way; it tells by a pipe, for nobody waits for it. */
static void do_daemon(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (fork()) {
            _exit(0);
        }
        if (chdir("/")) {
            _exit(96);
        }
        ten("daemon");
        _exit(0);
    }
    close(ends[1]);
    wait_for(child);
    char byte;
    // Ends when the daemon has.
    if (read(ends[0], &byte, 1) == 0) {
        ten("parent");
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    {"fork", do_fork},
    {"exec", do_exec},
    {"fork-exec", do_fork_exec},
    {"vfork", do_vfork},
    {"vfork-malloc", do_vfork_malloc},
    {"spawn", do_spawn},
    {"system", do_system},
    {"thread-fork", do_thread_fork},
    {"many", do_many},
    {"busy-fork", do_busy_fork},
    {"daemon", do_daemon},
};

int main(int argc, char *argv[]) {
    self = argv[0];
    if (argc == 3 && !strcmp(argv[1], "ten")) {
        ten(argv[2]);
        return 0;
    }
    for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (!strcmp(argv[1], ways[i].name)) {
            ways[i].run();
            return 0;
        }
    }
    say("unknown way\n");
    return 98;
}
