// SPDX-License-Identifier: MIT
/**
 * What the other threads of the process do: a child has none of them, which makes no
 * difference where they only wait for the calling one.
 */
#ifndef MF_PRELOAD_EXPLORE_THREADS_H
#define MF_PRELOAD_EXPLORE_THREADS_H

enum mf_threads {
    MF_THREADS_NONE,
    /** Each of them waits in futex(2), without a time-out, for a word of the process's own
     * memory. Nothing but a signal or another call of futex(2) ends that. */
    MF_THREADS_WAIT,
    /** One of them may go on by itself; so it is, too, where that cannot be told. */
    MF_THREADS_RUN,
};

/** Look at the other threads, however they were made. With MF_THREADS_WAIT the calling
 * thread is the process's first. */
enum mf_threads mf_threads_look(void);

#endif
