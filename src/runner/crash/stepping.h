// SPDX-License-Identifier: MIT
/** A thread that is stopped under ptrace goes on a little, by itself, and is stopped again. */
#ifndef MF_RUNNER_CRASH_STEPPING_H
#define MF_RUNNER_CRASH_STEPPING_H

#include "core/channel/channel.h"
#include "runner/crash/look_time.h"
#include "runner/target/tracee.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Wait for it to stop; the signal, 0 = not until then, -1 = it has ended, or stands at an
 * event that others are to see. */
int stepping_await(pid_t tid, uint64_t until_ns, struct tracee_agent *agent);

/** Have a thread stop that runs; as stepping_await(). 0 where the time is over first. */
int stepping_stop(pid_t pid, pid_t tid, const struct look_time *time,
                  struct tracee_agent *agent);

/** How many failures there were, for all that can be told from two numbers that are the
 * same: none in between. */
uint64_t stepping_failures(struct mf_head *head);

/** Where a thread comes round again and again. */
struct stepping_round {
    pid_t pid, tid;
    /** What it comes to in each round, if it is not waiting. */
    uint64_t address;
    /** Where the function with the loop has its return address on the stack; UINT64_MAX
     * where that is not known. */
    uint64_t slot;
    struct mf_head *head;
    /** Who sees to traps of its own meanwhile; NULL = nobody. */
    struct tracee_agent *agent;
    /** Until when; NULL = nobody waits. */
    const struct look_time *time;
    /** Whether allocations fail in each round. */
    bool retries;
};

/** The most addresses of a loop that are told apart. */
#define STEPPING_MAX 512

/**
 * Follow it for some rounds, step by step; the functions that are called are not looked
 * into. It stands anywhere before, and afterwards.
 *
 * @addresses
 *         Set to the addresses of the function with the loop that it came to, each once.
 * @left
 *         Set to whether the function returned: then the loop is not in there, and the thread
 *         stands where it returned to.
 * @return
 *         How many; 0 where it did not come round.
 */
size_t stepping_follow(const struct stepping_round *round,
                       uint64_t addresses[STEPPING_MAX], bool *left);

#endif
