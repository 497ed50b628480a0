// SPDX-License-Identifier: MIT
#include "preload/base/env.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/** glibc's: where the loader found argc, the arguments and the environment, in this order; its
 * address is NULL elsewhere. */
extern uintptr_t *__libc_stack_end __attribute__((weak));

/** Those of sanitizers, which start themselves so early that they cannot be asked for more than
 * an address yet. */
extern char __asan_init __attribute__((weak));
extern char __hwasan_init __attribute__((weak));
extern char __lsan_init __attribute__((weak));
extern char __msan_init __attribute__((weak));
extern char __tsan_init __attribute__((weak));

static bool is_sanitized(void) {
    return &__asan_init || &__hwasan_init || &__lsan_init || &__msan_init || &__tsan_init;
}

char **mf_env_all(void) {
    if (environ || !&__libc_stack_end || is_sanitized()) {
        return environ;
    }
    uintptr_t count = *__libc_stack_end;
    return (char **)(__libc_stack_end + 1 + count + 1);
}

const char *mf_env_find(const char *name) {
    size_t length = strlen(name);
    for (char **at = mf_env_all(); at && *at; at++) {
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=') {
            return *at + length + 1;
        }
    }
    return NULL;
}
