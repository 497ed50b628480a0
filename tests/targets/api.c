// SPDX-License-Identifier: MIT
// Uses mallocfail.h in every way; prints what came of it. Each part in turn by name:
//     api PART
#include "mallocfail.h"

#include "say.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** How many of some allocations fail. */
static unsigned try(unsigned count) {
    unsigned failed = 0;
    for (unsigned i = 0; i < count; i++) {
        void *volatile block = malloc(16);
        failed += block == NULL;
        free(block);
    }
    return failed;
}

static unsigned counts(enum mallocfail_scope scope) {
    return (unsigned)(1000 * mallocfail_allocations(scope) + mallocfail_failures(scope));
}

static void part_choices(void) {
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NTH, 3);
    say("nth %u ", try(10));
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_EVERY, 3);
    say("every %u ", try(10));
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_FROM, 3);
    say("from %u ", try(10));
    say("counts %u ", counts(MALLOCFAIL_THREAD));
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NONE, 0);
    say("none %u ", try(10));
    say("counts %u ", counts(MALLOCFAIL_THREAD));
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_FROM, 1);
    mallocfail_stop(MALLOCFAIL_THREAD);
    say("stopped %u ", try(10));
    say("counts %u\n", counts(MALLOCFAIL_THREAD));
}

static void part_process(void) {
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_NTH, 3);
    say("nth %u ", try(10));
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_EVERY, 3);
    say("every %u ", try(10));
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_FROM, 3);
    say("from %u ", try(10));
    say("counts %u ", counts(MALLOCFAIL_PROCESS));
    mallocfail_stop(MALLOCFAIL_PROCESS);
    say("stopped %u\n", try(10));
}

static unsigned other_failed;

static void *other_thread(void *count) {
    other_failed = try(*(unsigned *)count);
    return NULL;
}

/** The same on a thread of its own. */
static unsigned try_on_other(unsigned count) {
    pthread_t thread;
    mallocfail_pause();
    pthread_create(&thread, NULL, other_thread, &count);
    pthread_join(thread, NULL);
    mallocfail_resume();
    return other_failed;
}

static void part_threads(void) {
    try_on_other(1);
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_FROM, 1);
    say("thread: own %u other %u ", try(5), try_on_other(5));
    mallocfail_stop(MALLOCFAIL_THREAD);
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_FROM, 1);
    say("process: own %u other %u ", try(5), try_on_other(5));
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NONE, 0);
    say("both: own %u other %u ", try(5), try_on_other(5));
    mallocfail_stop(MALLOCFAIL_THREAD);
    mallocfail_policy(MALLOCFAIL_THREAD, "{\"version\":1,\"rules\":[{}]}", NULL, 0);
    say("policy: own %u other %u\n", try(5), try_on_other(5));
}

static void part_pause(void) {
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_FROM, 1);
    mallocfail_pause();
    mallocfail_pause();
    say("twice %u ", try(3));
    mallocfail_resume();
    say("once %u ", try(3));
    mallocfail_resume();
    say("not %u ", try(3));
    mallocfail_resume();
    MALLOCFAIL_PAUSED {
        say("block %u ", try(3));
    }
    say("after %u ", try(3));
    say("counts %u\n", counts(MALLOCFAIL_THREAD));
}

static void part_policy(void) {
    static const char every[] = "{\"version\":1,\"rules\":[{\"every\":4}]}";
    static const char calling[] =
        "{\"version\":1,\"rules\":[{\"caller\":{\"function\":\"tr?\"},\"from\":2}]}";
    static const char stranger[] =
        "{\"version\":1,\"rules\":[{\"caller\":{\"function\":\"nobody\"}}]}";
    unsigned failed = 0;
    for (int i = 0; i < 1000; i++) {
        mallocfail_policy(MALLOCFAIL_PROCESS, every, NULL, 0);
        failed += try(5);
    }
    say("a thousand %u ", failed);
    mallocfail_policy(MALLOCFAIL_PROCESS, calling, NULL, 0);
    say("caller %u ", try(5));
    mallocfail_policy(MALLOCFAIL_PROCESS, stranger, NULL, 0);
    say("nobody %u ", try(5));
    mallocfail_policy(MALLOCFAIL_PROCESS, calling, NULL, 0);
    char error[320] = "none";
    int result = mallocfail_policy(MALLOCFAIL_PROCESS, "{\"version\":1}", error, 320);
    bool told = errno == EINVAL;
    say("caller %u wrong %d %d %s\n", try(5), result, told, error);
}

static void part_restore(void) {
    say("first %u ", try(3));
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_FROM, 1);
    say("second %u ", try(3));
    mallocfail_stop(MALLOCFAIL_PROCESS);
    // The fifth is the second from here.
    say("first %u ", try(1));
    say("%u\n", try(1));
}

static void part_nested(void) {
    unsigned pairs = 0;
    MALLOCFAIL_EACH(outer) {
        try(1);
        MALLOCFAIL_EACH(inner) {
            pairs += 1;
            try(2);
        }
        try(1);
    }
    say("%u inner passes, then %u\n", pairs, try(5));
}

static unsigned leave_by_return(void) {
    MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_FROM) {
        if (try(2) > 1) {
            return (unsigned)n;
        }
    }
    return 0;
}

static unsigned leave_by_break(enum mallocfail_scope scope) {
    unsigned last = 0;
    MALLOCFAIL_EACH_OF(n, scope, MALLOCFAIL_FROM) {
        last = (unsigned)n;
        if (try(2) == 1) {
            break;
        }
    }
    return last;
}

static jmp_buf landing;

static void leave_by_longjmp(void) {
    MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_FROM) {
        if (try(2) > 0) {
            longjmp(landing, 1);
        }
    }
}

/** Uses the stack that others left. */
static void overwrite(void) {
    volatile char room[4096];
    memset((void *)room, 1, sizeof(room));
}

static void part_leave(void) {
    unsigned by = leave_by_return();
    say("return in %u then %u ", by, try(3));
    by = leave_by_break(MALLOCFAIL_THREAD);
    say("break in %u then %u ", by, try(3));
    by = leave_by_break(MALLOCFAIL_PROCESS);
    say("process in %u then %u ", by, try(3));
    if (setjmp(landing) == 0) {
        leave_by_longjmp();
    }
    overwrite();
    say("longjmp then %u\n", try(3));
}

static void part_fork(void) {
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NTH, 3);
    try(1);
    pid_t child = fork();
    if (child == 0) {
        say("child %u ", try(5));
        mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_NTH, 1);
        mallocfail_stop(MALLOCFAIL_THREAD);
        say("%u ", try(5));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    say("parent %u\n", try(5));
}

/** Which of some allocations fail, by their numbers. */
static void say_failed(const char *what, const char *seed, size_t length, int count) {
    int result = mallocfail_seed(seed, length);
    char failed[600] = "";
    for (int i = 1; i <= count; i++) {
        void *volatile block = malloc(16);
        size_t used = strlen(failed);
        if (!block) {
            snprintf(failed + used, sizeof(failed) - used, " %d", i);
        }
        free(block);
    }
    unsigned counted = counts(MALLOCFAIL_THREAD);
    mallocfail_stop(MALLOCFAIL_THREAD);
    say("%s %d:%s, %u\n", what, result, failed, counted);
}

static void part_seed(void) {
    static const char zeros[40];
    say_failed("nothing", NULL, 0, 10);
    say_failed("first", "", 1, 10);
    say_failed("third, fourth", "\2\0", 2, 10);
    say_failed("far", "\377\377\1", 3, 520);
    say_failed("at most 32", zeros, sizeof(zeros), 100);
    char gone[] = "\1\1";
    mallocfail_seed(gone, 2);
    memset(gone, 0, 2);
    unsigned failed = try(10);
    mallocfail_stop(MALLOCFAIL_THREAD);
    errno = 0;
    int wrong = mallocfail_seed(NULL, 1);
    say("copied %u, wrong %d %d, stopped %u\n", failed, wrong, errno == EINVAL, try(10));
}

static void part_heir(void) {
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_FROM, 2);
    try(4);
    pid_t child = fork();
    if (child == 0) {
        try(3);
        say("child %u ", counts(MALLOCFAIL_PROCESS));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    say("parent %u\n", counts(MALLOCFAIL_PROCESS));
}

static void part_errors(void) {
    int bad = (int)mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NTH, 0) == -1;
    bad += errno == EINVAL;
    errno = E2BIG;
    bad += mallocfail_fail((enum mallocfail_scope)7, MALLOCFAIL_NTH, 1) == -1;
    bad += errno == EINVAL;
    errno = E2BIG;
    mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_NTH, 100);
    mallocfail_stop(MALLOCFAIL_PROCESS);
    bad += errno == E2BIG;
    mallocfail_resume();
    say("%d of 5, nothing failed: %u\n", bad, try(5));
}

static void part_absent(void) {
    unsigned passes = 0;
    MALLOCFAIL_EACH(n) {
        passes += n == 0;
    }
    errno = 0;
    int result = mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_FROM, 1);
    int first = errno == ENOSYS;
    say("available %d passes %u fail %d %d policy %d stop %d counts %u failed %u\n",
        mallocfail_available(), passes, result, first,
        mallocfail_policy(MALLOCFAIL_PROCESS, "{}", NULL, 0),
        mallocfail_stop(MALLOCFAIL_THREAD), counts(MALLOCFAIL_PROCESS), try(5));
}

static void part_region(void) {
    mallocfail_region("reading the configuration, all of it");
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NTH, 1);
    try(1);
    mallocfail_region(NULL);
    mallocfail_fail(MALLOCFAIL_THREAD, MALLOCFAIL_NTH, 1);
    try(1);
}

/** Loops of two threads, with different numbers of allocations, at the same time. */
static void *loop(void *count) {
    unsigned long passes = 0;
    MALLOCFAIL_EACH(n) {
        passes++;
        try(*(unsigned *)count);
    }
    return (void *)passes;
}

static void part_together(void) {
    unsigned sizes[4] = {100, 200, 300, 400};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, loop, &sizes[i]);
    }
    for (int i = 0; i < 4; i++) {
        void *passes;
        pthread_join(threads[i], &passes);
        say("%d ", (int)(size_t)passes);
    }
    say("\n");
}

static _Atomic int ending;

/** Allocates all the time, as the fast path likes it. */
static void *busy(void *unused) {
    (void)unused;
    unsigned long failed = 0;
    while (!ending) {
        failed += try(100);
    }
    return (void *)failed;
}

/** Policies come and go while threads allocate. */
static void part_storm(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, busy, NULL);
    }
    int bad = 0;
    for (int i = 0; i < 200; i++) {
        bad += mallocfail_fail(MALLOCFAIL_PROCESS, MALLOCFAIL_EVERY, 2);
        while (mallocfail_failures(MALLOCFAIL_PROCESS) < 10) {
            usleep(50);
        }
        bad += i % 2 ? mallocfail_stop(MALLOCFAIL_PROCESS)
                     : mallocfail_policy(MALLOCFAIL_PROCESS,
                                         "{\"version\":1,\"rules\":[]}", NULL, 0);
    }
    // A thread that was deciding then may have lost its processor meanwhile.
    usleep(100000);
    uint64_t before = mallocfail_failures(MALLOCFAIL_PROCESS);
    usleep(1000);
    bad += before != mallocfail_failures(MALLOCFAIL_PROCESS);
    ending = 1;
    unsigned long failed = 0;
    for (int i = 0; i < 3; i++) {
        void *one;
        pthread_join(threads[i], &one);
        failed += (unsigned long)one;
    }
    say("%d wrong, %s\n", bad, failed >= 2000 ? "all noticed" : "some did not notice");
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"absent", part_absent},     {"choices", part_choices}, {"errors", part_errors},
        {"fork", part_fork},         {"heir", part_heir},       {"leave", part_leave},
        {"nested", part_nested},     {"pause", part_pause},     {"policy", part_policy},
        {"process", part_process},   {"region", part_region},   {"restore", part_restore},
        {"seed", part_seed},         {"storm", part_storm},     {"threads", part_threads},
        {"together", part_together},
    };
    for (size_t i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(parts[i].name, argv[1]) == 0) {
            parts[i].run();
            return 0;
        }
    }
    return 2;
}
