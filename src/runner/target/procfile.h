// SPDX-License-Identifier: MIT
/** What /proc says of a process. Nothing here fails: where there is no answer it is
 * empty. */
#ifndef MF_RUNNER_TARGET_PROCFILE_H
#define MF_RUNNER_TARGET_PROCFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The process a thread belongs to; the thread itself where it is gone. */
pid_t procfile_process_of(pid_t tid);

/** The parent of a process; 0 if there is none, or none to be seen. */
pid_t procfile_parent(pid_t pid);

/** Whether a process runs: it is there, and not a zombie. */
bool procfile_runs(pid_t pid);

/** Whether a thread waits for anything but a processor, and is not stopped. */
bool procfile_is_idle(pid_t tid);

/** Whether a thread handles a signal, or holds it back: then its program can learn who sent
 * it. */
bool procfile_takes_signal(pid_t tid, int signal);

/** Whether a thread ignores a signal. */
bool procfile_ignores_signal(pid_t tid, int signal);

/** Whether a thread leaves a signal to do what it does by default. */
bool procfile_leaves_signal(pid_t tid, int signal);

/** What a thread has had of the processors since it began. */
struct procfile_share {
    pid_t tid;
    /** How long it ran; and how long it could have run, and waited. */
    uint64_t ran_ns, waited_ns;
};

/** The share of a thread; 0 where it has ended. */
struct procfile_share procfile_share(pid_t tid);

/** Whether a thread runs, or waits for a lock, and not for work; false where that cannot be
 * seen. */
bool procfile_is_stuck(pid_t tid);

/** The share of that thread of a process that has waited longest; all 0 where the
 * process has ended. */
struct procfile_share procfile_longest_wait(pid_t pid);

/** The base name of the executable. */
void procfile_image(pid_t pid, char *name, size_t size);

/** The name of a thread, 16 bytes with its NUL. */
void procfile_thread_name(pid_t pid, pid_t tid, char name[16]);

/** When a process started, in ns since the machine did, to a clock tick; 0 where that is not
 * known. */
uint64_t procfile_start(pid_t pid);

/** How long ago a process started, in ns, to a clock tick; 0 where that is not known. */
uint64_t procfile_age(pid_t pid);

/** The threads of a process; how many were written. */
size_t procfile_threads(pid_t pid, pid_t *tids, size_t room);

/**
 * Read the beginning of a small file of a process: "stat", "fdinfo/3".
 *
 * @file
 *         Its path below /proc/PID, at most 40 bytes.
 * @text
 *         A string afterwards, empty where the file cannot be read.
 * @return
 *         Its bytes, without the NUL.
 */
size_t procfile_read(pid_t pid, const char *file, char *text, size_t size);

/**
 * Read a file of a process that is made of strings: "cmdline", "environ".
 *
 * @size
 *         Set to the bytes of all, each string's NUL included.
 * @return
 *         To be freed, with one NUL more at the end; NULL where it cannot be read.
 */
char *procfile_strings(pid_t pid, const char *file, size_t *size);

#endif
