// SPDX-License-Identifier: MIT
/**
 * Do what the arguments say, step by step, and print the 1-based numbers of the
 * allocations that failed, of all that the steps asked for.
 *
 *     FUNCTION:SIZE[*TIMES]   allocate, and keep what came
 *     free                    give all kept blocks back
 *     sleep:MS
 *     fail-within:MS, serve-within:MS
 *                             allocate all the time until one call fails (is served), and
 *                             print whether that was more than half of the time from now
 *     arm, disarm             by mallocfail.h
 *     knows-threads           print whether the C library tells of a second thread
 *     thread:NAME … end       the steps between in a thread of that name, waited for
 */
#include "mallocfail.h"
#include "say.h"

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

// musl has none: then it is there with the library only.
void *pvalloc(size_t size) __attribute__((weak));

// glibc's, from 2.32 on.
extern char __libc_single_threaded __attribute__((weak));

#define KEPT_MAX 65536
#define PAGE     4096

static struct {
    void *kept[KEPT_MAX];
    size_t kept_count;
    unsigned long number;
    char failures[3000];
    size_t failures_length;
    /** The steps still to do. */
    char **next;
} state;

static void *allocate(const char *function, size_t size) {
    void *block = NULL;
    if (!strcmp(function, "malloc")) {
        block = malloc(size);
    } else if (!strcmp(function, "calloc")) {
        block = calloc(1, size);
    } else if (!strcmp(function, "calloc8")) {
        block = calloc(size / 8, 8);
    } else if (!strcmp(function, "realloc")) {
        block = realloc(NULL, size);
    } else if (!strcmp(function, "reallocarray")) {
        block = reallocarray(NULL, size, 1);
    } else if (!strcmp(function, "posix_memalign")) {
        block = posix_memalign(&block, 64, size) ? NULL : block;
    } else if (!strcmp(function, "aligned_alloc")) {
        block = aligned_alloc(64, size);
    } else if (!strcmp(function, "memalign")) {
        block = memalign(64, size);
    } else if (!strcmp(function, "valloc")) {
        block = valloc(size);
    } else if (!strcmp(function, "pvalloc")) {
        block = pvalloc(size);
    } else {
        say("unknown function %s\n", function);
        _exit(98);
    }
    return block;
}

static void give_back(void) {
    while (state.kept_count > 0) {
        free(state.kept[--state.kept_count]);
    }
}

static void allocate_one(const char *function, size_t size) {
    state.number++;
    void *volatile block = allocate(function, size);
    if (block) {
        if (state.kept_count == KEPT_MAX) {
            give_back();
        }
        state.kept[state.kept_count++] = block;
    } else if (state.failures_length < sizeof(state.failures) - 24) {
        state.failures_length +=
            (size_t)snprintf(state.failures + state.failures_length, 24, "%s%lu",
                             state.failures_length ? " " : "", state.number);
    }
}

static void sleep_ms(long ms) {
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&rest, NULL);
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Allocate without a pause until it goes otherwise than before. */
static void wait_for_change(bool failing, long ms) {
    long start = now_ms();
    long passed = 0;
    while (passed < ms) {
        for (int i = 0; i < 1000; i++) {
            void *volatile block = malloc(16);
            free(block);
            if ((block == NULL) == failing) {
                say("%s\n", now_ms() - start > ms / 2 ? "in time" : "too early");
                return;
            }
        }
        passed = now_ms() - start;
    }
    say("too late\n");
}

static void arm(bool on) {
    if (on) {
        mallocfail_arm();
    } else {
        mallocfail_disarm();
    }
}

static void do_steps(void);

static void *thread_main(void *name) {
    pthread_setname_np(pthread_self(), name);
    do_steps();
    return NULL;
}

static void do_thread(char *name) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_main, name)) {
        say("no thread\n");
        _exit(97);
    }
    pthread_join(thread, NULL);
}

/** Do steps up to the end of the list or of a thread. */
static void do_steps(void) {
    while (*state.next) {
        char *step = *state.next++;
        char *value = strchr(step, ':');
        if (!strcmp(step, "end")) {
            return;
        }
        if (!strcmp(step, "free")) {
            give_back();
        } else if (!strcmp(step, "knows-threads")) {
            say("%s\n", &__libc_single_threaded ? "yes" : "no");
        } else if (!strcmp(step, "arm") || !strcmp(step, "disarm")) {
            arm(!strcmp(step, "arm"));
        } else if (!value) {
            say("unknown step %s\n", step);
            _exit(98);
        } else if (!strncmp(step, "sleep:", 6)) {
            sleep_ms(atol(value + 1));
        } else if (!strncmp(step, "fail-within:", 12)) {
            wait_for_change(true, atol(value + 1));
        } else if (!strncmp(step, "serve-within:", 13)) {
            wait_for_change(false, atol(value + 1));
        } else if (!strncmp(step, "thread:", 7)) {
            do_thread(value + 1);
        } else {
            *value++ = '\0';
            char *end;
            size_t size = strtoul(value, &end, 10);
            unsigned long times = *end == '*' ? strtoul(end + 1, NULL, 10) : 1;
            for (unsigned long i = 0; i < times; i++) {
                allocate_one(step, size);
            }
        }
    }
}

int main(int argc, char *argv[]) {
    (void)argc;
    state.next = argv + 1;
    do_steps();
    say("%s\n", state.failures);
    return 0;
}
