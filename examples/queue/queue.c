/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

struct line {
    struct line *next;
    char *text;
};

void queue_init(struct queue *queue) {
    queue->first = NULL;
    queue->last = &queue->first;
}

bool queue_put(struct queue *queue, const char *text) {
    struct line *line = malloc(sizeof(*line));
    if (!line) {
        return false;
    }
    line->next = NULL;
    line->text = strdup(text);
#ifndef CARELESS
    if (!line->text) {
        free(line);
        return false;
    }
#endif
    *queue->last = line;
    queue->last = &line->next;
    return true;
}

char *queue_take(struct queue *queue) {
    struct line *line = queue->first;
    if (!line) {
        return NULL;
    }
    queue->first = line->next;
    if (!queue->first) {
        queue->last = &queue->first;
    }
    char *text = line->text;
    free(line);
    return text;
}

void queue_clear(struct queue *queue) {
    char *text;
    while (queue->first) {
        text = queue_take(queue);
        free(text);
    }
}
