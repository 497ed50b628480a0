// SPDX-License-Identifier: MIT
/** What a function is for, as far as its name and its module's name tell. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_CALLNAME_H
#define MF_RUNNER_DIAGNOSE_CALLNAME_H

#include <stdbool.h>
#include <stddef.h>

/** The function of libc's allocator that one is an inner part of: "free" for
 * "tcache_double_free_verify"; else the name itself, NULL too. */
const char *callname_whole(const char *function);

/** Whether it is malloc, or allocates likewise, operator new included; NULL does not. */
bool callname_is_allocation(const char *function);

/** Whether it is an inner part of an allocator's, glibc's, jemalloc's, mimalloc's or tcmalloc's;
 * NULL is not. */
bool callname_is_allocators(const char *function);

/** Whether it allocates on behalf of its caller: xmalloc, g_strdup, foo_calloc, and the
 * allocation functions themselves. */
bool callname_is_wrapper(const char *function);

/** Whether it is a part of the C++ library that is compiled into programs. */
bool callname_is_template(const char *function);

/** Whether it is a step of throwing an exception, std::terminate included. */
bool callname_is_throwing(const char *function);

/** Whether it is the end of an uncaught exception. */
bool callname_is_terminate(const char *function);

/** Whether it waits for a time that is set. */
bool callname_is_sleep(const char *function);

/** Whether it is what failed assertions call. */
bool callname_is_assertion(const char *function);

/** Whether a module is a C or C++ library, a sanitizer, an allocator, or ours. */
bool callname_is_library(const char *module);

/** Whether a module is an allocator's library. */
bool callname_is_allocator(const char *module);

/** Whether a function without a source file is most likely the C library's, as far as its name
 * tells: for static programs, where the module does not. NULL is not. */
bool callname_is_libcs(const char *function);

/** Whether it is what calls main, or what a thread begins with. */
bool callname_is_beginning(const char *function);

/** What the C library's part of a static program is called, as if it were a module. */
#define CALLNAME_ARCHIVE "libc.a"

/** Whether two names are of one function, under whatever alias; NULL is like nothing. */
bool callname_equal(const char *a, const char *b);

/**
 * The name a programmer knows a function by: "memset" for "__memset_avx2_unaligned_erms".
 *
 * @length
 *         Set to the number of its bytes.
 * @return
 *         Its start, within `function` or static.
 */
const char *callname_plain(const char *function, size_t *length);

#endif
