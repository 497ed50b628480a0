// SPDX-License-Identifier: MIT
/**
 * What happens to a system call that the effect barrier stops: it is answered in the
 * target's name (a child that asks for its pid is told the target's), let through where
 * it changes nothing that others see, or the child ends and its point is tried fresh.
 */
#ifndef MF_RUNNER_INPLACE_STAND_IN_H
#define MF_RUNNER_INPLACE_STAND_IN_H

#include "runner/crash/registers.h"
#include "runner/inplace/places.h"
#include "runner/trials/barred.h"

#include <stdint.h>
#include <sys/types.h>

/** What happens to a call. */
enum stand_in {
    /** The child has to end. */
    STAND_IN_ENDS,
    /** It goes on, without a signal. */
    STAND_IN_GOES_ON,
    /** It makes the call and stops with SIGTRAP right behind it, for stand_in_after(). */
    STAND_IN_STEPS,
};

/**
 * See to the system call that a child has been trapped at, by SIGSYS. It stays stopped.
 *
 * @pass
 *         What the barrier lets through as a last argument.
 *
 * @parent
 *         The target, whose number the child takes for its own.
 * @places
 *         Kept up to date, for all children of a target; all zeroes at first.
 * @name
 *         Set to the call's name where the child has to end.
 * @call
 *         Set to the call.
 */
enum stand_in stand_in(struct registers_call *call, pid_t child, pid_t parent,
                       uint32_t pass, struct stand_in_places *places,
                       char name[BARRED_NAME_MAX]);

/** Whether a process has one thread only; false, too, where that cannot be told. */
bool stand_in_has_one_thread(pid_t pid);

/** The child has made the call: nothing of the pass may stay. */
void stand_in_after(const struct registers_call *call, pid_t child);

#endif
