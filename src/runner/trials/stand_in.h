// SPDX-License-Identifier: MIT
/**
 * What becomes of a system call that the effect barrier stops: it is answered in the
 * target's name (a child that asks for its pid is told the target's), let through where
 * it changes nothing that others see, or the child ends and its point is tried fresh.
 */
#ifndef MF_RUNNER_TRIALS_STAND_IN_H
#define MF_RUNNER_TRIALS_STAND_IN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Room for a system call's name, with its NUL. */
#define STAND_IN_NAME_MAX 24

/** Where a child asked for its numbers the last time: raise() of the C library does so to
 * send itself a signal, and may have the child's own. */
struct stand_in_places {
    /** Addresses behind the calls; 0 = it did not. */
    uint64_t gettid, getpid;
    /** Whether it has sent itself a signal right behind those. */
    bool raises;
};

/**
 * See to the system call that a child is stopped in front of. It stays stopped.
 *
 * @parent
 *         The target, whose number the child takes for its own.
 * @places
 *         Kept up to date; all zeroes at first.
 * @name
 *         Set to the call's name where the child has to end.
 * @return
 *         Whether the child may go on.
 */
bool stand_in(pid_t child, pid_t parent, struct stand_in_places *places,
              char name[STAND_IN_NAME_MAX]);

#endif
