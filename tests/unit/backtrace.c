// SPDX-License-Identifier: MIT
#include "unit/backtrace.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash(const char *text) {
    uint64_t sum = 5381;
    for (; *text; text++) {
        sum = sum * 33 + (unsigned char)*text;
    }
    return sum;
}

/** Cut a field off a line; NULL where it is empty or missing. */
static char *field(char **rest) {
    char *start = strsep(rest, "|");
    return start && *start ? start : NULL;
}

static void read_frame(struct stack *stack, char *line) {
    ck_assert_uint_lt(stack->count, FRAMES_MAX);
    stack->keys[stack->count] = hash(line);
    struct outcome_frame *frame = &stack->frames[stack->count++];
    char *function = field(&line);
    char *module = field(&line);
    char *file = field(&line);
    char *offset = function ? strstr(function, " + ") : NULL;
    uint64_t value = offset ? strtoull(offset + 3, NULL, 0) : 0;
    if (offset) {
        *offset = '\0';
    }
    char *colon = file ? strchr(file, ':') : NULL;
    int number = colon ? atoi(colon + 1) : 0;
    if (colon) {
        *colon = '\0';
    }
    *frame = (struct outcome_frame){function, module, file, number, value};
}

void read_stack(struct stack *stack, const char *text) {
    memset(stack, 0, sizeof(*stack));
    ck_assert_uint_lt(strlen(text), sizeof(stack->text));
    strcpy(stack->text, text);
    char *rest = stack->text;
    while (rest && *rest) {
        read_frame(stack, strsep(&rest, "\n"));
    }
}
