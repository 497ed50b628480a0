// SPDX-License-Identifier: MIT
/**
 * A stopped process that is looked at, and what is kept of it for the next one that has the
 * same files mapped, as the children of a held target have: what was learnt from files.
 * Memory, registers and mappings are each process's own.
 */
#ifndef MF_RUNNER_CRASH_VIEW_H
#define MF_RUNNER_CRASH_VIEW_H

#include "runner/crash/stopped.h"
#include "runner/crash/unwind.h"

/** All zeroes: of no process yet. It must stay where it is. */
struct view {
    struct stopped stopped;
    /** Made when a stack is first walked. */
    struct unwind *unwind;
    /** Where libc keeps a pointer to its last words, once that was asked for; 0 = nowhere. */
    uint64_t last_words;
    bool last_words_known;
};

/**
 * Turn to a process whose threads are stopped under ptrace by the caller.
 *
 * @modules
 *         Where the modules of its frames are entered; must outlive the view.
 * @return
 *         0 on success; -1 with errno on failure, with nothing kept.
 */
int view_turn_to(struct view *view, pid_t pid, struct modules *modules);

/** What walks the stacks of the process; NULL with errno on failure. */
struct unwind *view_unwind(struct view *view);

/** The address where libc keeps a pointer to its last words; 0 = nowhere. */
uint64_t view_last_words(struct view *view);

/** End the view, before the process goes on; does nothing if there is none. */
void view_leave(struct view *view);

/** Forget all of it. */
void view_destroy(struct view *view);

#endif
