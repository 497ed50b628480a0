// SPDX-License-Identifier: MIT
/**
 * The one door to the kernel: raw system calls and number formatting.
 *
 * Nothing here touches errno, allocates, or takes a lock; all of it is safe in a signal
 * handler. Results are as the kernel gives them: negative errno on failure.
 */
#ifndef MF_PRELOAD_SYS_H
#define MF_PRELOAD_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Open for reading, or reading and writing; close-on-exec. A descriptor or -errno. */
int mf_sys_open(const char *path, bool writable);
/** Read up to size bytes; 0 at the end; interrupted reads are tried again. */
long mf_sys_read(int fd, void *buffer, size_t size);
void mf_sys_close(int fd);
/** Map a file's part, shared and writable or private and read-only; NULL on failure. */
void *mf_sys_map_shared(int fd, size_t offset, size_t size);
void *mf_sys_map_file(int fd, size_t size);
void mf_sys_unmap(void *address, size_t size);
/** Size of an open file in bytes, -errno on failure. */
long mf_sys_file_size(int fd);
/** Have the kernel zero these pages in every child of a fork; whether it will. */
bool mf_sys_wipe_on_fork(void *address, size_t size);
int mf_sys_pid(void);
int mf_sys_parent(void);
int mf_sys_tid(void);
/** The calling thread's name, 16 bytes with its NUL. */
void mf_sys_thread_name(char name[16]);
/** The executable's base name. */
void mf_sys_image(char *name, size_t size);
/** CLOCK_MONOTONIC in ns. */
uint64_t mf_sys_now(void);
/** The same, behind by a tick of the kernel's (10 ms at most), at a tenth of the price.
 */
uint64_t mf_sys_now_coarse(void);

/** Memory mapping as mmap(2) and its relatives have it, for calls before `next` is known.
 */
void *mf_sys_mmap(void *address, size_t size, int protection, int flags, int fd,
                  long offset);
void *mf_sys_mremap(void *address, size_t old_size, size_t new_size, int flags, void *to);

/** Write the strings up to a NULL, one line, to stderr, as "libmallocfail: ...". */
void mf_say(const char *text, ...) __attribute__((sentinel));

/** Room for a number in digits, with its NUL. */
#define MF_DIGITS 24
/** A number in decimal digits. */
const char *mf_decimal(char digits[MF_DIGITS], uint64_t number);

#endif
