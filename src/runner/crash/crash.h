// SPDX-License-Identifier: MIT
/**
 * Gathering the facts of a crash while the thread stands still at its fatal signal:
 * nothing is named or judged here, so that a target is kept waiting for a moment only.
 */
#ifndef MF_RUNNER_CRASH_CRASH_H
#define MF_RUNNER_CRASH_CRASH_H

#include "runner/crash/facts.h"
#include "runner/crash/look_time.h"
#include "runner/crash/view.h"
#include "runner/target/channelfile.h"
#include "runner/target/tracee.h"

/** The most frames that are walked: a stack overflow has hundreds of thousands. */
#define CRASH_FRAMES_MAX (2u << 20)
/** The most threads whose stacks are taken when a target hangs. */
#define CRASH_THREADS_MAX 64

/** Whether a signal is one whose delivery is looked at. */
bool crash_is_fatal(int signal);

/** Whether it does something to a thread that is stopped for its delivery: one that a process
 * has sent does nothing where it is ignored; a fault ends even a program that ignores it. */
bool crash_is_delivered(pid_t tid, int signal);

/** Whether it is delivered, and the thread that is stopped for that is to blame for it, or
 * nobody is: not another process of the target, which has sent it. */
bool crash_is_own(const struct tracer *tracer, pid_t tid, int signal);

/** Whether a thread that is stopped for a signal's delivery is ended by it because a time is
 * over that the program gave itself, by a timer or a limit: as good as a time-out. */
bool crash_is_deadline(pid_t tid, int signal);

/**
 * Gather where a thread stands that is about to get a signal, by the innermost frames: what
 * tells whether another one broke there before. The rest is for crash_complete().
 *
 * @view
 *         Turned to its process, to be left by the caller.
 * @return
 *         0 on success; -1 when it is gone or memory ran out, with nothing to destroy.
 */
int crash_gather_stack(struct crash *crash, pid_t tid, int signal,
                       const struct channel *channel, struct view *view,
                       struct modules *modules);

/** Gather the rest: the whole stack, what is known of the heap, and libc's last words. */
void crash_complete(struct crash *crash, const struct channel *channel,
                    struct view *view);

/**
 * Gather all facts of a thread that is about to get a signal, or that hangs.
 *
 * @signal
 *         0 where it hangs; the other threads of its process must be stopped, too, and the
 *         process has to be killed afterwards.
 * @modules
 *         Where the modules of the frames are entered.
 * @time
 *         Until when it may go on to show its loop; NULL = nobody waits. Where that is too short
 *         `loop_cut` says so.
 * @return
 *         0 on success; -1 when it is gone or memory ran out, with nothing to destroy.
 */
int crash_gather(struct crash *crash, pid_t tid, int signal,
                 const struct channel *channel, struct modules *modules,
                 const struct look_time *time);

/** Release what was gathered. */
void crash_destroy(struct crash *crash);

#endif
