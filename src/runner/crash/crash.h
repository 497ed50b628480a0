// SPDX-License-Identifier: MIT
/**
 * The facts of a crash, read while the thread stands still at its fatal signal: nothing
 * is named or judged here, so that a target is kept waiting for a moment only.
 */
#ifndef MF_RUNNER_CRASH_CRASH_H
#define MF_RUNNER_CRASH_CRASH_H

#include "runner/crash/heap.h"
#include "runner/crash/unwind.h"
#include "runner/diagnose/outcome.h"
#include "runner/target/channelfile.h"

/** The most frames that are walked: a stack overflow has hundreds of thousands. */
#define CRASH_FRAMES_MAX (2u << 20)
/** The most threads whose stacks are taken when a target hangs. */
#define CRASH_THREADS_MAX 64

/** A thread of a process that hangs. */
struct crash_thread {
    pid_t tid;
    char name[16];
    struct unwind_stack stack;
};

struct crash {
    pid_t pid, tid;
    /** The executable's base name and the thread's name. */
    char image[MF_IMAGE_MAX];
    char thread_name[16];
    /** 0 where the target ran out of time. */
    int signal;
    int code;
    /** The process that sent the signal; 0 where the kernel did. */
    pid_t sender;
    uint64_t address;
    bool address_known;
    enum access access;
    uint64_t pc, sp;
    /** The mapping that the stack pointer is in or just below; 0 = unknown. */
    uint64_t stack_low, stack_high;
    bool freed_fill_seen;
    struct unwind_stack stack;
    /** What the page allocator knows of it. */
    struct heap_facts heap;
    /** What libc's abort noted. */
    char abort_message[512];
    /** How many entries the journal had. */
    uint64_t journal_used;
    /** wait()'s status of the process in the end; -1 = it had not ended with the run. */
    int end;
    /** The other threads, where it hangs. */
    struct crash_thread *threads;
    size_t thread_count;
};

/** Whether a signal is one whose delivery is looked at. */
bool crash_is_fatal(int signal);

/**
 * Gather the facts of a thread that is about to get a signal, or that hangs.
 *
 * @signal
 *         0 where it hangs; the other threads of its process must be stopped, too.
 * @modules
 *         Where the modules of the frames are entered.
 * @return
 *         0 on success; -1 when it is gone or memory ran out, with nothing to destroy.
 */
int crash_gather(struct crash *crash, pid_t tid, int signal,
                 const struct channel *channel, struct modules *modules);

/** Release what was gathered. */
void crash_destroy(struct crash *crash);

#endif
