// SPDX-License-Identifier: MIT
/** Output that allocates nothing: what a victim prints must not move its numbers. */
#ifndef TARGETS_SAY_H
#define TARGETS_SAY_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Print to stdout by one write(2); up to 4,000 bytes, plain conversions only. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...) {
    char text[4096];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (length < 0 || write(STDOUT_FILENO, text, (size_t)length) != length) {
        _exit(99);
    }
}

/** Allocate and give back at once, `calls` times; print the 1-based ones that failed. */
static inline void say_failures(const char *who, int calls, size_t size) {
    char text[2048];
    int used = 0;
    for (int i = 1; i <= calls; i++) {
        void *volatile block = malloc(size);
        if (!block && used < (int)sizeof(text) - 16) {
            used += snprintf(text + used, 16, " %d", i);
        }
        free(block);
    }
    text[used] = '\0';
    say("%s:%s\n", who, text);
}

#endif
