// SPDX-License-Identifier: MIT
/**
 * The one door to the kernel: raw system calls and number formatting.
 *
 * Nothing here touches errno, allocates, or takes a lock; all of it is safe in a signal
 * handler. Results are as the kernel gives them: negative errno on failure.
 */
#ifndef MF_PRELOAD_BASE_SYS_H
#define MF_PRELOAD_BASE_SYS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Open for reading, or reading and writing; close-on-exec. A descriptor or -errno. */
int mf_sys_open(const char *path, bool writable);
/** Open as openat(2) has it, flags as given. A descriptor or -errno. */
int mf_sys_open_as(const char *path, int flags);
/** Make a file that is not there yet, for reading and writing; close-on-exec. A
 * descriptor or -errno. */
int mf_sys_create(const char *path, unsigned mode);
/**
 * Have the disk keep room for a part of a file, which is longer then if need be; never by
 * more than the process's limit allows. What was not written reads as zeros.
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
/** Map a file's part, shared and writable or private and read-only; NULL on failure. */
void *mf_sys_map_shared(int fd, size_t offset, size_t size);
void *mf_sys_map_file(int fd, size_t size);
/** Attach a segment of System V, readable and writable; NULL on failure. */
void *mf_sys_attach(int id);
/** Its size in bytes, -errno on failure. */
long mf_sys_segment_size(int id);
void mf_sys_unmap(void *address, size_t size);
/** Size of an open file in bytes, -errno on failure. */
long mf_sys_file_size(int fd);
/** Set the offset of an open file. */
long mf_sys_seek(int fd, long offset);
/** An open file's offset, -errno where it has none. */
long mf_sys_offset(int fd);
/** Have one descriptor stand for the file of another; close-on-exec is a flag. */
long mf_sys_dup(int from, int to, int flags);
/** F_GETFL and F_GETFD of fcntl(2); -errno if the descriptor is not open. */
long mf_sys_open_flags(int fd);
long mf_sys_fd_flags(int fd);
/** Read a folder's entries, as getdents64(2). */
long mf_sys_list(int fd, void *buffer, size_t size);

/** What stat(2) says of a file, as far as we care. */
struct mf_sys_file {
    uint64_t device, inode;
    /** Of a device file: what it stands for. */
    uint64_t stands_for;
    uint64_t size, links;
    /** When its content changed last. */
    uint64_t changed_ns;
    /** Its kind, S_IFMT's bits; its other bits. */
    uint32_t kind, bits;
    uint32_t owner, group;
};

/** Look at an open file, or at one with a name: 0 or -errno. */
int mf_sys_look(int fd, struct mf_sys_file *file);
int mf_sys_look_at(const char *path, struct mf_sys_file *file);
/** Whether the process's user may read a file: what a program may that it executes. */
bool mf_sys_may_read(const char *path);
/** ioctl(2): its result or -errno. */
long mf_sys_control(int fd, unsigned long request, void *argument);

/** madvise(2); what it returns, a negative errno on failure. */
long mf_sys_madvise(void *address, size_t size, int advice);

/** Have the kernel zero these pages in every child of a fork; whether it will. */
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
/** What a thread of this process has used of a processor, in ns; 0 where it has ended. */
uint64_t mf_sys_used(int tid);
/** The calling thread's name, 16 bytes with its NUL. */
void mf_sys_thread_name(char name[16]);
/** The executable's base name. */
void mf_sys_image(char *name, size_t size);
/** Its path; "" where /proc does not say. */
void mf_sys_image_path(char *path, size_t size);
/** CLOCK_MONOTONIC in ns. */
uint64_t mf_sys_now(void);
/** CLOCK_REALTIME in ns. */
uint64_t mf_sys_now_real(void);
/** CLOCK_MONOTONIC, behind by a tick of the kernel's (10 ms at most), at a tenth of the
 * price. */
uint64_t mf_sys_now_coarse(void);

/** Memory mapping as mmap(2) and its relatives have it, for calls before `next` is
 * known. */
void *mf_sys_mmap(void *address, size_t size, int protection, int flags, int fd,
                  long offset);
void *mf_sys_mremap(void *address, size_t old_size, size_t new_size, int flags, void *to);

/** Reserve address space, closed; or memory that takes room as it is written to and is
 * left out of core dumps and large pages. NULL on failure. */
void *mf_sys_reserve(size_t size);
void *mf_sys_reserve_memory(size_t size);
/** Open pages to be read and written; whether they are. */
bool mf_sys_unlock(void *address, size_t size);
/** Close private pages and drop what they hold; whether they are closed. */
bool mf_sys_lock(void *address, size_t size);
/** mprotect(2): 0 or -errno. */
long mf_sys_protect(void *address, size_t size, int protection);
/** Make guard pages (Linux 6.13) of open private pages, dropping what they hold, or take
 * them away; whether that worked. */
bool mf_sys_guard(void *address, size_t size);
bool mf_sys_unguard(void *address, size_t size);

/** Wait until a word that processes share is another than `value`, at most so long. */
void mf_sys_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns);
/** Block all signals; the old set, to be given back. */
uint64_t mf_sys_block_signals(void);
void mf_sys_restore_signals(uint64_t old);
/** Whether a signal's handler runs, on the stack that is set for it, and the address is
 * not on that one. */
bool mf_sys_on_signal_stack(uintptr_t address);
/** Discard what has come in while all signals are blocked. */
void mf_sys_drop_signals(void);

/**
 * Fork without libc's knowledge, to a child of the caller's own parent: no SIGCHLD, no
 * wait(2) and no handler of the calling program will see it.
 *
 * @pid
 *         Where the child's pid is written before it runs.
 * @return
 *         As fork(2): 0 in the child; -errno on failure.
 */
long mf_sys_fork_sibling(_Atomic int32_t *pid);

/** The same, to a child of the caller: mf_sys_reap() takes its end. */
long mf_sys_fork_unseen(_Atomic int32_t *pid);

/** The same, and no tracer of the caller's has anything to do with it. */
long mf_sys_fork_aside(_Atomic int32_t *pid);

/** Make a pipe: its end to read from, and the one to write to; close-on-exec. */
long mf_sys_pipe(int ends[2]);

/** As execve(2): comes back with -errno. */
long mf_sys_execute(const char *path, char *const *argv, char *const *envp);

/** Wait for the end of a child that was forked unseen. */
void mf_sys_reap(int pid);

/** Send a signal to a process; 0 only asks whether it is there. 0 on success. */
long mf_sys_kill(int pid, int signal);

/** Die when the parent does. */
long mf_sys_die_with_parent(void);
/** Have the parent trace the caller (PTRACE_TRACEME); 0 or -errno. */
long mf_sys_trace_me(void);
/** Whether the process has children, which may have ended already. */
bool mf_sys_has_children(void);
/** Whether another process has the caller's memory for its own: clone(2) with CLONE_VM. False,
 * too, where the kernel does not say. */
bool mf_sys_has_same_memory(int pid);
/** Whether a signal waits for the process or this thread; true, too, where the kernel does
 * not say. */
bool mf_sys_has_pending_signals(void);
/** Whether a timer of the process runs: an alarm, an interval timer, or one of
 * timer_create(2). */
bool mf_sys_has_timers(void);
/** Leave the session and the process group. */
long mf_sys_leave_session(void);
/** Have no core dumped, not even to a program that collects them. */
long mf_sys_dump_nothing(void);
/** Submit to a seccomp filter for good: `struct sock_filter`s. 0 or -errno. */
long mf_sys_filter(const void *instructions, unsigned count);
_Noreturn void mf_sys_exit(int status);
/** Die of SIGABRT, once the program's own handler for it has run. */
_Noreturn void mf_sys_abort(void);

/** Write the strings up to a NULL to stderr, as "libmallocfail: ...": one line, fit for a
 * terminal, whatever is in them; long ones are cut. */
void mf_say(const char *text, ...) __attribute__((sentinel));

/** Room for a number in digits, with its NUL. */
#define MF_DIGITS 24
/** A number in decimal digits. */
const char *mf_decimal(char digits[MF_DIGITS], uint64_t number);
/** An address, as "0x...". */
const char *mf_hexadecimal(char digits[MF_DIGITS], uint64_t number);

#endif
