// SPDX-License-Identifier: MIT
/** Other ways to end, and ways not to. The allocations that are to fail have 1,000
 * bytes. */
#include "bug.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

BUG(void, complain, const char *what);

/** A message that needs memory. */
BUG(char *, describe, const char *what) {
    char *text = malloc(1000); // FAILS recursion
    if (!text) {
        complain(what);
        STAY;
    }
    return text;
}

/** Large, so that the stack ends soon. */
BUG(void, complain, const char *what) {
    char line[2000];
    char *start = line;
    LAUNDER(start);
    start[0] = what[0];
    free(describe(start));
}

BUG(void, recursion, void) {
    complain("start");
    STAY;
}

/** No cycle: one frame that is too large. */
BUG(size_t, fill_scratch, size_t size) {
    char scratch[size];
    memset(scratch, 1, size); // BREAKS large-frame
    char *used = scratch;
    LAUNDER(used);
    return strlen("x") + (size_t)used[size - 1];
}

BUG(void, large_frame, void) {
    char *block = malloc(1000); // FAILS large-frame
    volatile size_t got = fill_scratch(block ? 1000 : (size_t)1 << 30);
    (void)got;
    free(block);
}

BUG(void, assertion, void) {
    char *block = malloc(1000); // FAILS assertion
    LAUNDER(block);
    assert(block && "there is memory"); // BREAKS assertion
    free(block);
}

BUG(_Noreturn void, die, const char *why) {
    fprintf(stderr, "diag_ends: %s\n", why);
    abort(); // BREAKS abort
}

BUG(void *, xmalloc, size_t size) {
    void *block = malloc(size);
    if (!block) {
        die("out of memory");
    }
    return block;
}

BUG(void, give_up, void) {
    char *block = xmalloc(1000); // FAILS abort
    LAUNDER(block);
    free(block);
}

BUG(void, trap, void) {
    char *block = malloc(1000); // FAILS trap
    LAUNDER(block);
    if (!block) {
        __builtin_trap(); // BREAKS trap
    }
    free(block);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

BUG(void, log_error, void) {
    pthread_mutex_lock(&lock); // BREAKS hang
    pthread_mutex_unlock(&lock);
}

/** The error path takes the lock that is held. */
BUG(void, hang, void) {
    pthread_mutex_lock(&lock);
    char *block = malloc(1000); // FAILS hang
    LAUNDER(block);
    if (!block) {
        log_error();
    }
    pthread_mutex_unlock(&lock);
    free(block);
}

/** What the other one waits for as well: it is never told that there is no memory. */
static void *serve(void *unused) {
    pthread_setname_np(pthread_self(), "server");
    log_error();
    return unused;
}

/** The error path waits for a thread that waits for the lock. */
BUG(void, deadlock, void) {
    pthread_t server;
    pthread_mutex_lock(&lock);
    char *block = malloc(1000); // FAILS deadlock
    LAUNDER(block);
    if (pthread_create(&server, NULL, serve, NULL) != 0) {
        return;
    }
    if (!block) {
        pthread_join(server, NULL); // BREAKS deadlock
    }
    pthread_mutex_unlock(&lock);
    pthread_join(server, NULL);
    free(block);
}

BUG(void, spin, void) {
    char *block;
    do {
        block = malloc(1000); // FAILS spin
        LAUNDER(block);
    } while (!block);
    free(block);
}

/** Tries as often as is honest, then goes on without. */
BUG(void, retry, void) {
    char *block = NULL;
    for (int i = 0; i < 100 && !block; i++) {
        block = malloc(1000);
        LAUNDER(block);
    }
    free(block);
}

int main(int argc, char *argv[]) {
    static const struct bug bugs[] = {
        {"recursion", recursion}, {"large-frame", large_frame},
        {"assertion", assertion}, {"abort", give_up},
        {"trap", trap},           {"hang", hang},
        {"deadlock", deadlock},   {"spin", spin},
        {"retry", retry},
    };
    return run_bug(bugs, sizeof(bugs) / sizeof(bugs[0]), argc, argv);
}
