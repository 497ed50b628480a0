// SPDX-License-Identifier: MIT
// What LeakSanitizer asks before it looks for leaks. It cannot look in a child in place, which is
// traced; everywhere else it looks where it would without the library.
#include "preload/explore/exploration.h"

#define EXPORT __attribute__((visibility("default")))

int __lsan_is_turned_off(void);

EXPORT int __lsan_is_turned_off(void) {
    return mf_exploration.child != NULL;
}
