/* SPDX-License-Identifier: MIT */
/** A queue of lines: the tiny project that the build systems' examples share. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>

struct queue {
    struct line *first, **last;
};

void queue_init(struct queue *queue);

/** Append a copy of a line; false when memory ran out, and then the queue is as it was. */
bool queue_put(struct queue *queue, const char *text);

/** Take the first line out, to be freed; NULL = empty. */
char *queue_take(struct queue *queue);

void queue_clear(struct queue *queue);

#endif
