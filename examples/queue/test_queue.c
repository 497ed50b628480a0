/* SPDX-License-Identifier: MIT */
/* A test as any project has: it knows nothing of mallocfail, and gives up with a message
 * when memory runs out. */
#include "queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check(struct queue *queue) {
    static const char *const lines[] = {"first", "second", "third"};
    for (int i = 0; i < 3; i++) {
        if (!queue_put(queue, lines[i])) {
            fputs("test_queue: out of memory\n", stderr);
            return 1;
        }
    }
    for (int i = 0; i < 3; i++) {
        char *text = queue_take(queue);
        int same = strcmp(text, lines[i]) == 0;
        free(text);
        if (!same) {
            fputs("test_queue: wrong line\n", stderr);
            return 1;
        }
    }
    return 0;
}

int main(void) {
    struct queue queue;
    queue_init(&queue);
    int status = check(&queue);
    queue_clear(&queue);
    return status;
}
