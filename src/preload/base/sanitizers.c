// SPDX-License-Identifier: MIT
#include "preload/base/sanitizers.h"

#include "preload/base/env.h"
#include "preload/base/sys.h"

#include <stddef.h>
#include <string.h>

/** Those of all sanitizers; where several are there, of the first one. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
void __sanitizer_set_report_path(const char *path) __attribute__((weak));
/** ThreadSanitizer's; only the address counts. */
extern char __tsan_init __attribute__((weak));

/** Whether the user has reports written to files. */
static bool has_report_path(void) {
    static const char *const names[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                        "MSAN_OPTIONS", "LSAN_OPTIONS"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *options = mf_env_find(names[i]);
        if (options && strstr(options, "log_path=")) {
            return true;
        }
    }
    return false;
}

void mf_sanitizers_brief(void) {
    // ThreadSanitizer goes on behind a report, and calls it only at the end, where the stack tells
    // nothing.
    if (__sanitizer_set_death_callback && !&__tsan_init) {
        __sanitizer_set_death_callback(mf_sys_abort);
    }
    if (__sanitizer_set_report_path && has_report_path()) {
        __sanitizer_set_report_path("stderr");
    }
}
