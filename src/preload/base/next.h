// SPDX-License-Identifier: MIT
/** The next allocator: the functions that the interposed ones call. */
#ifndef MF_PRELOAD_BASE_NEXT_H
#define MF_PRELOAD_BASE_NEXT_H

#include "core/policy/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The functions that follow the library's in the symbol look-up order. Until mf_next_find() has
 * run, they are those of the bootstrap arena, so that they can be called at any time.
 *
 * reallocarray, valloc and pvalloc are built on the others: glibc's own reallocarray calls
 * realloc through the PLT, that is, the library again; and if the next allocator lacks one of
 * them, libc's must not be mixed with it.
 */
struct mf_next {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void (*free)(void *block);
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    /** Aliases: realloc() for reallocarray, memalign() for the others. */
    void *(*reallocarray)(void *block, size_t size);
    void *(*valloc)(size_t alignment, size_t size);
    void *(*pvalloc)(size_t alignment, size_t size);
    size_t (*malloc_usable_size)(void *block);
    void *(*mmap)(void *, size_t, int, int, int, long);
    void *(*mremap)(void *, size_t, size_t, int, void *);
    /** NULL until mf_next_find(). */
    int (*brk)(void *end);
    void *(*sbrk)(intptr_t increment);
    int (*dlclose)(void *handle);
    void *(*dlopen)(const char *file, int flags);
    /** NULL if there is none. */
    void *(*dlmopen)(long space, const char *file, int flags);
    int (*prctl)(int option, ...);
    long (*ptrace)(int request, ...);
    /** _exit(), NULL until mf_next_find(). */
    void (*exit_now)(int status);
    /** Of the thread library; NULL until mf_next_find(). */
    int (*key_create)(unsigned *key, void (*destroy)(void *));
    int (*key_set)(unsigned key, const void *value);
    /** Of libc; NULL until mf_next_find(). */
    int (*execve)(const char *path, char *const argv[], char *const envp[]);
    int (*execvpe)(const char *file, char *const argv[], char *const envp[]);
    int (*fexecve)(int fd, char *const argv[], char *const envp[]);
    int (*spawn)(int *pid, const char *path, const void *actions, const void *attributes,
                 char *const argv[], char *const envp[]);
    int (*spawnp)(int *pid, const char *file, const void *actions, const void *attributes,
                  char *const argv[], char *const envp[]);
};

/**
 * The data that every call reads: kept together, small, and initialised to other values than 0.
 *
 * Written while the library starts (one thread), read by all; windows and both sites
 * also by active_policy.c, word by word, while others read.
 */
struct mf_hot {
    /** A copy of the plan's windows. */
    struct mf_window windows[MF_FUNCTION_COUNT];
    struct mf_next next;
    /** The function that free() calls: next.free itself if blocks need not be checked. */
    void (*free)(void *block);
    /** Whether blocks must be checked, because some come from the arena, or the live heap is
     * counted. */
    bool blocks_watched;
    /** Whether the live heap is counted. */
    bool heap_counted;
    /** If every rule has a caller filter: the cache of call sites; else NULL. */
    struct mf_site *caller_sites;
    /** If every rule has a stack filter: the data to look stacks up in; else NULL. */
    struct mf_sites *stack_sites;
};

extern struct mf_hot mf_hot;

/**
 * Look the functions up with dlsym(RTLD_NEXT). Called once, inside the library (the look-up may
 * allocate; it gets memory from the arena).
 *
 * @return
 *         NULL on success, else the name of a function that has no next one.
 */
const char *mf_next_find(void);

/** Set the aliases again, after the functions that they stand for have changed. */
void mf_next_alias(void);

#endif
