// SPDX-License-Identifier: MIT
#include "runner/diagnose/death.h"

#include <signal.h>
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

/** Whether programs live with it by design: they guard pages of theirs, emulate system calls
 * or find out what instructions there are. */
static bool is_useful(const struct crash *crash) {
    return crash->signal == SIGILL || crash->signal == SIGTRAP ||
           crash->signal == SIGSYS ||
           (crash->signal == SIGSEGV && crash->code == SEGV_ACCERR);
}

/** Whether it is the first fault of its process, and comes after a failure. */
static bool is_first_of_failure(const struct crash *crashes, size_t index) {
    const struct crash *crash = &crashes[index];
    bool first = !is_useful(crash);
    for (size_t i = 0; i < index; i++) {
        first &= crashes[i].pid != crash->pid || is_useful(&crashes[i]);
    }
    return first && crash->journal_used > 0;
}

/** Whether its process came to a bad end. */
static bool ended_badly(const struct crash *crash) {
    return WIFSIGNALED(crash->end) || WEXITSTATUS(crash->end) != 0;
}

bool death_is_by(const struct crash *crashes, size_t count, size_t index) {
    const struct crash *crash = &crashes[index];
    if (crash->end >= 0 && crash->signal != 0 && !ended_badly(crash)) {
        return is_first_of_failure(crashes, index);
    }
    return !is_aftermath(crashes, index) && !is_lived_with(crashes, count, index) &&
           (crash->signal == 0 || crash->end >= 0);
}
