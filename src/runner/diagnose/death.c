// SPDX-License-Identifier: MIT
#include "runner/diagnose/death.h"

#include <sys/wait.h>

/** Whether a signal handler was running: the stack has a frame that a signal left. */
static bool in_handler(const struct crash *crash) {
    return crash->stack.exact_count > 1;
}

/** Whether it is a fault's own signal, raised once more by its handler and delivered at
 * its end. */
static bool is_raised_again(const struct crash *crash, const struct crash *before) {
    return crash->code <= 0 && crash->signal == before->signal && crash->pc == before->pc;
}

/** Whether it comes of an earlier crash of its thread, by the handler called for that. */
static bool is_aftermath(const struct crash *crashes, size_t index) {
    const struct crash *crash = &crashes[index];
    for (size_t i = 0; i < index; i++) {
        if (crashes[i].tid == crash->tid &&
            (in_handler(crash) || is_raised_again(crash, &crashes[i]))) {
            return true;
        }
    }
    return false;
}

/** Whether its process lived on, to crash in earnest later. */
static bool is_lived_with(const struct crash *crashes, size_t count, size_t index) {
    for (size_t i = index + 1; i < count; i++) {
        if (crashes[i].pid == crashes[index].pid && !is_aftermath(crashes, i)) {
            return true;
        }
    }
    return false;
}

bool death_is_by(const struct crash *crashes, size_t count, size_t index) {
    const struct crash *crash = &crashes[index];
    if (is_aftermath(crashes, index) || is_lived_with(crashes, count, index)) {
        return false;
    }
    if (crash->signal == 0) {
        return true;
    }
    return crash->end >= 0 && (WIFSIGNALED(crash->end) || WEXITSTATUS(crash->end) != 0);
}
