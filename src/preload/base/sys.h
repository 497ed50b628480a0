// SPDX-License-Identifier: MIT
/**
 * All system calls of the library, made directly, and number formatting.
 *
 * These functions do not change errno, allocate, or take a lock; all are async-signal-safe.
 * Unless a comment says otherwise, they return the kernel's result: -errno on failure.
 */
#ifndef MF_PRELOAD_BASE_SYS_H
#define MF_PRELOAD_BASE_SYS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rlimit;

/** Open for reading, or reading and writing; close-on-exec. A descriptor or -errno. */
int mf_sys_open(const char *path, bool writable);
/** Open with the flags of openat(2). A descriptor or -errno. */
int mf_sys_open_as(const char *path, int flags);
/** Create a file that does not exist, for reading and writing; close-on-exec. A descriptor or
 * -errno. */
int mf_sys_create(const char *path, unsigned mode);
/**
 * Reserve disk space for a range of a file and extend the file if necessary, but not beyond
 * the process's limit. Bytes that were not written read as zeros.
 *
 * @return
 *         0 or -errno.
 */
int mf_sys_grow(int fd, uint64_t offset, uint64_t size);
/** The working directory's name; its length, 0 on failure. */
size_t mf_sys_directory(char *path, size_t size);
/** Read up to size bytes; 0 at the end; interrupted reads are tried again. */
long mf_sys_read(int fd, void *buffer, size_t size);
void mf_sys_close(int fd);
/** Map part of a file shared and writable, or a file private and read-only; NULL on failure. */
void *mf_sys_map_shared(int fd, size_t offset, size_t size);
void *mf_sys_map_file(int fd, size_t size);
/** Attach a System V shared memory segment, readable and writable; NULL on failure. */
void *mf_sys_attach(int id);
/** The size of a segment in bytes, -errno on failure. */
long mf_sys_segment_size(int id);
void mf_sys_unmap(void *address, size_t size);
/** Size of an open file in bytes, -errno on failure. */
long mf_sys_file_size(int fd);
/** Set the offset of an open file. */
long mf_sys_seek(int fd, long offset);
/** An open file's offset, -errno if it has none. */
long mf_sys_offset(int fd);
/** Make descriptor `to` refer to the file of `from`; close-on-exec is a flag. */
long mf_sys_dup(int from, int to, int flags);
/** F_GETFL and F_GETFD of fcntl(2); -errno if the descriptor is not open. */
long mf_sys_open_flags(int fd);
long mf_sys_fd_flags(int fd);
/** Read the entries of a directory, as getdents64(2). */
long mf_sys_list(int fd, void *buffer, size_t size);

/** The members of stat(2) that the library needs. */
struct mf_sys_file {
    uint64_t device, inode;
    /** The device number of a device file (st_rdev). */
    uint64_t stands_for;
    uint64_t size, links;
    /** When its content was last modified, in ns. */
    uint64_t changed_ns;
    /** The bits S_IFMT of its mode; the other bits. */
    uint32_t kind, bits;
    uint32_t owner, group;
};

/** stat(2) of an open file, or of one with a name: 0 or -errno. */
int mf_sys_look(int fd, struct mf_sys_file *file);
int mf_sys_look_at(const char *path, struct mf_sys_file *file);
/** Whether the real user may read a file, as a program that it executes could. */
bool mf_sys_may_read(const char *path);
/** ioctl(2): its result or -errno. */
long mf_sys_control(int fd, unsigned long request, void *argument);

/** madvise(2); what it returns, a negative errno on failure. */
long mf_sys_madvise(void *address, size_t size, int advice);

/** Let the kernel clear these pages in every forked child; false if it does not support it. */
bool mf_sys_wipe_on_fork(void *address, size_t size);
int mf_sys_pid(void);

/** Send the calling thread a signal. */
void mf_sys_raise(int signal);
int mf_sys_parent(void);
/** The effective user. */
uint32_t mf_sys_user(void);
int mf_sys_tid(void);
/** Whether a thread of this process is alive. */
bool mf_sys_lives(int tid);
/** The processor time of a thread of this process, in ns; 0 if it has ended. */
uint64_t mf_sys_used(int tid);
/** The calling thread's name, 16 bytes with its NUL. */
void mf_sys_thread_name(char name[16]);
/** The executable's base name. */
void mf_sys_image(char *name, size_t size);
/** The executable's path; "" if /proc does not show it. */
void mf_sys_image_path(char *path, size_t size);
/** CLOCK_MONOTONIC in ns. */
uint64_t mf_sys_now(void);
/** CLOCK_REALTIME in ns. */
uint64_t mf_sys_now_real(void);
/** CLOCK_MONOTONIC in ns, late by up to one tick of the kernel (10 ms at most), at a tenth of
 * the cost. */
uint64_t mf_sys_now_coarse(void);

/** mmap(2) and mremap(2), for calls before `next` is known. */
void *mf_sys_mmap(void *address, size_t size, int protection, int flags, int fd,
                  long offset);
void *mf_sys_mremap(void *address, size_t old_size, size_t new_size, int flags, void *to);

/** Reserve inaccessible address space; or memory that is allocated when it is written to, and
 * has no part in core dumps and large pages. NULL on failure. */
void *mf_sys_reserve(size_t size);
void *mf_sys_reserve_memory(size_t size);
/** Make pages readable and writable; false on failure. */
bool mf_sys_unlock(void *address, size_t size);
/** Make private pages inaccessible and discard their contents; false on failure. */
bool mf_sys_lock(void *address, size_t size);
/** mprotect(2): 0 or -errno. */
long mf_sys_protect(void *address, size_t size, int protection);
/** Turn accessible private pages into guard pages (Linux 6.13) and discard their contents, or
 * turn them back; false on failure. */
bool mf_sys_guard(void *address, size_t size);
bool mf_sys_unguard(void *address, size_t size);

/** Wait until a word in shared memory differs from `value`, for at most `ns` nanoseconds. */
void mf_sys_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns);
/** Block all signals. Returns the old set, for mf_sys_restore_signals(). */
uint64_t mf_sys_block_signals(void);
void mf_sys_restore_signals(uint64_t old);
/** Whether a signal handler is running on an alternate signal stack, and the address is not on
 * that stack. */
bool mf_sys_on_signal_stack(uintptr_t address);
/** Discard the pending signals, while all signals are blocked. */
void mf_sys_drop_signals(void);

/**
 * Fork a sibling (a child of the caller's parent) without libc: the calling program gets no
 * SIGCHLD, its wait(2) does not see the child, and no fork handlers run.
 *
 * @pid
 *         Set to the child's pid before the child runs.
 * @return
 *         As fork(2): 0 in the child; -errno on failure.
 */
long mf_sys_fork_sibling(_Atomic int32_t *pid);

/** The same for a child of the caller: mf_sys_reap() waits for its end. */
long mf_sys_fork_unseen(_Atomic int32_t *pid);

/** The same, and a tracer of the caller does not trace it. */
long mf_sys_fork_aside(_Atomic int32_t *pid);

/** Create a pipe: [0] is the end to read from, [1] the one to write to; close-on-exec. */
long mf_sys_pipe(int ends[2]);

/** execve(2): returns only on failure, with -errno. */
long mf_sys_execute(const char *path, char *const *argv, char *const *envp);

/** Wait for the end of a child that was forked unseen. */
void mf_sys_reap(int pid);

/** Send a signal to a process; signal 0 only tests whether it exists. 0 on success. */
long mf_sys_kill(int pid, int signal);

/** Let the kernel kill this process when its parent ends. */
long mf_sys_die_with_parent(void);
/** Let the parent trace the caller (PTRACE_TRACEME); 0 or -errno. */
long mf_sys_trace_me(void);

/** Let other threads run (sched_yield(2)). */
void mf_sys_yield(void);
/** Whether the process has children, which may have ended already. */
bool mf_sys_has_children(void);
/** Whether another process shares the caller's memory (clone(2) with CLONE_VM); false if the
 * kernel does not tell. */
bool mf_sys_has_same_memory(int pid);
/** Whether a signal is pending for the process or this thread; true if the kernel does not
 * tell. */
bool mf_sys_has_pending_signals(void);
/** Whether the process has a handler for a signal. */
bool mf_sys_catches(int signal);
/** Whether the process has a timer of timer_create(2). */
bool mf_sys_has_posix_timers(void);
/** How long it takes until an alarm or an interval timer is due, in ns; UINT64_MAX = none is set,
 * 0 if the kernel does not tell. */
uint64_t mf_sys_interval_timer_left(void);
/** Leave the session and the process group. */
long mf_sys_leave_session(void);
/** prlimit(2) of this process. 0 or -errno. */
long mf_sys_limit(int which, const struct rlimit *now, struct rlimit *before);
/** Whether the process has a seccomp filter, 2 = it has; -errno if the filter forbids the question,
 * for which it may also kill. */
long mf_sys_seccomp_mode(void);
/** Install a seccomp filter, an array of `struct sock_filter`. 0 or -errno. */
long mf_sys_filter(const void *instructions, unsigned count);
_Noreturn void mf_sys_exit(int status);
/** Raise SIGABRT: the program's own handler runs first, then the signal kills the process. */
_Noreturn void mf_sys_abort(void);

/** Write strings, up to a NULL argument, to stderr as one line "libmallocfail: ...". Control
 * characters are replaced, and a long line is cut. */
void mf_say(const char *text, ...) __attribute__((sentinel));

/** Size of a number in digits, with its NUL. */
#define MF_DIGITS 24
/** A number in decimal digits. */
const char *mf_decimal(char digits[MF_DIGITS], uint64_t number);
/** An address, as "0x...". */
const char *mf_hexadecimal(char digits[MF_DIGITS], uint64_t number);

#endif
