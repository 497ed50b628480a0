// SPDX-License-Identifier: MIT
/**
 * Allocations at the end of threads: in destructors of thread_local objects and of
 * pthread keys, in many threads that end after few allocations of their own.
 */
#include "say.h"

#include <pthread.h>

static pthread_key_t key;
static int key_failures, local_failures, own_failures;

static void count_failure(int *failures) {
    void *volatile block = malloc(24);
    if (!block) {
        __atomic_add_fetch(failures, 1, __ATOMIC_RELAXED);
    }
    free(block);
}

struct farewell {
    int used;
    ~farewell() {
        count_failure(&local_failures);
    }
};

static thread_local farewell local;

static void key_destructor(void *) {
    count_failure(&key_failures);
}

static void *work(void *) {
    local.used = 1;
    pthread_setspecific(key, &key);
    count_failure(&own_failures);
    return NULL;
}

int main() {
    pthread_key_create(&key, key_destructor);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, NULL)) {
            say("no thread\n");
            return 97;
        }
        pthread_join(thread, NULL);
    }
    say("own %d, thread_local %d, key %d\n", own_failures, local_failures, key_failures);
    return 0;
}
