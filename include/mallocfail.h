/* SPDX-License-Identifier: MIT */
/**
 * mallocfail's API for tests: a program chooses which of its own allocations fail.
 * For C99 and C++ with gcc and clang; there is no library to link.
 *
 *     MALLOCFAIL_EACH(n) {
 *         struct thing *thing = thing_new();
 *         MALLOCFAIL_PAUSED {
 *             assert(thing || mallocfail_failures(MALLOCFAIL_THREAD) > 0);
 *         }
 *         thing_free(thing);
 *     }
 *
 * runs the block with no failure (n is 0), then with its 1st allocation failing (n is 1),
 * its 2nd, and so on, until a pass in which no allocation failed.
 *
 * The functions work when libmallocfail.so is preloaded: by `mallocfail run ./test`, or by
 * LD_PRELOAD alone. Without it no allocation fails: the loop runs its block once, functions
 * that return a status return -1 with errno ENOSYS, counts are 0, and
 * mallocfail_available() returns 0.
 *
 * Allocations are calls of malloc and its relatives (mallocfail(1)). A failing one returns
 * NULL with errno ENOMEM, or fails in the way that its specification requires. Allocations
 * are counted from 1.
 *
 * There are two scopes: the settings of a thread, which alone decide about the allocations of
 * that thread; and the policy of the process, for threads without settings.
 *
 * All functions are thread-safe. Only mallocfail_should_fail() is async-signal-safe; do not
 * call the others in a signal handler. After fork() the child has a copy of the settings.
 * No function changes errno on success, and none allocates memory.
 */
#ifndef MALLOCFAIL_H
#define MALLOCFAIL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whose allocations fail, or are counted. */
enum mallocfail_scope {
    /** The calling thread. */
    MALLOCFAIL_THREAD,
    /** All threads without settings of their own. */
    MALLOCFAIL_PROCESS
};

/** Which allocations fail. */
enum mallocfail_which {
    /** None; they are only counted. */
    MALLOCFAIL_NONE,
    /** The nth. */
    MALLOCFAIL_NTH,
    /** The nth, the 2nth, the 3nth ... */
    MALLOCFAIL_EVERY,
    /** The nth and all after it. */
    MALLOCFAIL_FROM
};

/** Size of a loop's state, which lies on the program's stack, in words of 64 bits. */
#define MALLOCFAIL_EACH_WORDS 16

/** The functions of the library. Do not call these, but the wrappers below. (The names of the
 * members begin with "do_" because test frameworks define macros like "fail".) */
struct mallocfail_api {
    int (*do_available)(void);
    int (*do_arm)(void);
    int (*do_disarm)(void);
    int (*do_fail)(enum mallocfail_scope scope, enum mallocfail_which which, uint64_t n);
    int (*do_policy)(enum mallocfail_scope scope, const char *text, char *error,
                     size_t size);
    int (*do_stop)(enum mallocfail_scope scope);
    void (*do_pause)(void);
    void (*do_resume)(void);
    uint64_t (*do_allocations)(enum mallocfail_scope scope);
    uint64_t (*do_failures)(enum mallocfail_scope scope);
    void (*do_region)(const char *name);
    int (*do_each_next)(uint64_t *pass, uint64_t *state);
    void (*do_each_end)(uint64_t *state);
    int (*do_should_fail)(uint64_t size);
    int (*do_seed)(const void *bytes, size_t length);
    int (*do_live_begin)(void);
    uint64_t (*do_live_blocks)(void);
    uint64_t (*do_live_bytes)(void);
};

/** The only symbol of the library that this header refers to. Returns NULL if the library
 * does not have this version of the API. */
const struct mallocfail_api *mallocfail_get_api(uint32_t version) __attribute__((weak));

/** The functions of the library; NULL if it is not preloaded. */
static inline const struct mallocfail_api *mallocfail_library(void) {
    const struct mallocfail_api *(*find)(uint32_t);
    /* Through the global offset table: in an executable at a fixed address (-no-pie) the
       linker would resolve any other weak reference to NULL. */
#if defined __x86_64__ && defined __LP64__
    __asm__(".weak mallocfail_get_api\n\tmovq mallocfail_get_api@GOTPCREL(%%rip), %0"
            : "=r"(find));
#elif defined __aarch64__ && defined __LP64__
    __asm__(".weak mallocfail_get_api\n\tadrp %0, :got:mallocfail_get_api\n\t"
            "ldr %0, [%0, #:got_lo12:mallocfail_get_api]"
            : "=r"(find));
#else
    find = mallocfail_get_api;
#endif
    return find ? find(1) : NULL;
}

/** Internal: without the library, functions fail with ENOSYS. */
static inline int mallocfail_absent(void) {
    errno = ENOSYS;
    return -1;
}

/**
 * Whether allocations can be made to fail here.
 *
 * @return
 *         1 if so; 0 if the library is not preloaded, if its policy has an error, or if
 *         mallocfail explore tests the program.
 */
static inline int mallocfail_available(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api && api->do_available();
}

/**
 * Make allocations fail; they are counted from this call on. Replaces the earlier settings of
 * the same scope. If a thread is inside an allocation function at this moment, that call still
 * follows the earlier settings.
 *
 * @n
 *         At least 1; ignored for MALLOCFAIL_NONE.
 * @return
 *         0, or -1 with errno: EINVAL for an invalid scope, which or n; EBUSY if another
 *         thread was replacing the policy of the process, and did not finish within a
 *         second; ENOSYS where mallocfail_available() returns 0.
 */
static inline int mallocfail_fail(enum mallocfail_scope scope,
                                  enum mallocfail_which which, uint64_t n) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_fail(scope, which, n) : mallocfail_absent();
}

/**
 * Let a fuzzer's input decide which of the calling thread's allocations fail, until
 * mallocfail_stop() for the thread; the same bytes give the same failures. Each byte is the
 * number of allocations that pass before the next one fails; after a byte of 255, 255 pass
 * and none fails. After the last byte all allocations pass. Replaces the thread's earlier
 * settings, and ends its pauses.
 *
 * @bytes
 *         Copied; only the first 32 are used. May be NULL if length is 0.
 * @length
 *         Number of bytes; if it is 0, no allocation fails.
 * @return
 *         0, or -1 with errno, and no allocation fails: EINVAL if bytes is NULL and length is
 *         not 0; ENOSYS where mallocfail_available() returns 0.
 */
static inline int mallocfail_seed(const void *bytes, size_t length) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_seed(bytes, length) : mallocfail_absent();
}

/**
 * Replace the policy of the process, see mallocfail-policy(5). The new policy is armed at
 * once, and times in it count from this call. Needs about 8 KiB of stack.
 *
 * @scope
 *         With MALLOCFAIL_THREAD, every rule selects only allocations of the calling thread,
 *         and the "thread" of the rule has no effect.
 * @text
 *         The JSON itself, ended by a NUL; at most 65536 bytes.
 * @error
 *         Buffer for an error message, "LINE:COLUMN: PATH: ...", which is cut if it is too
 *         long; may be NULL. Without an error it is set to "".
 * @size
 *         Size of the buffer in bytes; 320 are enough.
 * @return
 *         0, or -1 with errno: EINVAL if the scope is invalid, or the policy is NULL or has
 *         an error (the earlier policy stays); EBUSY and ENOSYS as for mallocfail_fail().
 */
static inline int mallocfail_policy(enum mallocfail_scope scope, const char *text,
                                    char *error, size_t size) {
    const struct mallocfail_api *api = mallocfail_library();
    if (error && size > 0) {
        error[0] = '\0';
    }
    return api ? api->do_policy(scope, text, error, size) : mallocfail_absent();
}

/**
 * End the effect of mallocfail_fail(), mallocfail_seed() and mallocfail_policy(). For
 * MALLOCFAIL_PROCESS the policy that the process was started with is in effect again, with
 * the counts that it had. mallocfail_allocations() and mallocfail_failures() keep their
 * values.
 *
 * @return
 *         0, or -1 with errno: EINVAL for an invalid scope; EBUSY and ENOSYS as for
 *         mallocfail_fail().
 */
static inline int mallocfail_stop(enum mallocfail_scope scope) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_stop(scope) : mallocfail_absent();
}

/**
 * Let the calling thread's allocations pass, uncounted, until mallocfail_resume() has been
 * called as often as this function: for code that is not part of the test. mallocfail_fail()
 * and mallocfail_seed() for the thread, and the beginning of a loop, end all pauses. See also
 * MALLOCFAIL_PAUSED.
 */
static inline void mallocfail_pause(void) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_pause();
    }
}

/** End the latest mallocfail_pause() of the calling thread; no effect if there is none. */
static inline void mallocfail_resume(void) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_resume();
    }
}

/**
 * Number of allocations, including failed ones: for the thread since its latest
 * mallocfail_fail(), mallocfail_seed() or pass of a loop; for the process since the latest
 * change of its policy, or since arming. 0 without the library.
 */
static inline uint64_t mallocfail_allocations(enum mallocfail_scope scope) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_allocations(scope) : 0;
}

/** Number of those allocations that were made to fail; 0 without the library. */
static inline uint64_t mallocfail_failures(enum mallocfail_scope scope) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_failures(scope) : 0;
}

/**
 * Begin to count live blocks: blocks that any thread of the process allocates after this call
 * and that are not freed yet. Earlier blocks do not count, even if they are freed later. Each
 * call starts again from 0. Up to about a million live blocks are counted. Counting makes
 * allocations slower until the process ends.
 *
 * @return
 *         0, or -1 with errno: ENOMEM if there is no memory for the table of blocks; ENOSYS
 *         where mallocfail_available() returns 0, while a trace is recorded, and in a program
 *         with an allocator inside.
 */
static inline int mallocfail_live_begin(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_live_begin() : mallocfail_absent();
}

/** Number of live blocks since mallocfail_live_begin(); 0 without the library. */
static inline uint64_t mallocfail_live_blocks(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_live_blocks() : 0;
}

/** Sum of the sizes that were asked for when these blocks were allocated, in bytes; 0 without
 * the library. */
static inline uint64_t mallocfail_live_bytes(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_live_bytes() : 0;
}

/** Internal: mallocfail_should_fail() without the library. */
static inline int mallocfail_never(uint64_t size) {
    (void)size;
    return 0;
}

/** Internal: the function that mallocfail_should_fail() calls. */
static inline int (*mallocfail_asked(void))(uint64_t size) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_should_fail : mallocfail_never;
}

/**
 * int mallocfail_should_fail(size_t size): whether the caller, an allocator, a pool or a cache
 * of the program, should fail the allocation that it is about to make. The call counts like a
 * call of malloc by the caller: it has a number, rules select it, and loops and explorations
 * make it fail; policies and reports name it "mallocfail_should_fail". Unlike most
 * other functions it also works in explorations. If the allocator then calls malloc, both
 * calls count.
 *
 * Async-signal-safe. Does not change errno: the caller sets it. This is a macro, so that
 * reports show the caller's line.
 *
 * @size
 *         Number of bytes asked for; evaluated once.
 * @return
 *         1 if the allocation is to fail, else 0; always 0 without the library.
 */
#define mallocfail_should_fail(size) (mallocfail_asked()(size))

/**
 * Name the part of the program that the calling thread is in: reports show it with each
 * allocation that fails there.
 *
 * @name
 *         The name, which is copied and cut after 31 bytes. NULL or "" ends the region.
 */
static inline void mallocfail_region(const char *name) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_region(name);
    }
}

/**
 * Begin to count allocations, and to fail them, under the policy that the process was started
 * with, if that has "arm": "api".
 *
 * @return
 *         0, or -1 if the policy is already armed, or does not have "arm": "api". Sets errno,
 *         to ENOSYS, only without the library.
 */
static inline int mallocfail_arm(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_arm() : mallocfail_absent();
}

/**
 * Let every allocation pass again until the next mallocfail_arm(). Calls in progress in
 * other threads may still fail.
 *
 * @return
 *         0, or -1 if mallocfail_arm() has not armed the policy. Sets errno, to ENOSYS, only
 *         without the library.
 */
static inline int mallocfail_disarm(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_disarm() : mallocfail_absent();
}

/** Internal: begin the next pass of a loop; returns whether there is one. */
static inline int mallocfail_each_next(uint64_t *pass, uint64_t *state) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_each_next(pass, state) : state[2]++ == 0;
}

/** Internal: end the effect of a loop, however the program left it. */
static inline void mallocfail_each_end(uint64_t (*state)[MALLOCFAIL_EACH_WORDS]) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_each_end(*state);
    }
}

/** Internal: begin and end a pause. */
static inline int mallocfail_paused_begin(void) {
    mallocfail_pause();
    return 1;
}

static inline void mallocfail_paused_end(const int *once) {
    (void)once;
    mallocfail_resume();
}

#define MALLOCFAIL_PASTE_(a, b) a##b
#define MALLOCFAIL_PASTE(a, b)  MALLOCFAIL_PASTE_(a, b)

/**
 * Run a block once, and let the calling thread's allocations in it pass, uncounted: for
 * assertions of frameworks that allocate (libcheck's do), for messages, and for the set-up of
 * a test. The pause ends however the program leaves the block: by break, return, goto or a
 * C++ exception. `break` and `continue` leave this block, not a loop around it.
 */
#define MALLOCFAIL_PAUSED                                                                \
    for (int MALLOCFAIL_PASTE(mallocfail_paused_, __LINE__)                              \
             __attribute__((__cleanup__(mallocfail_paused_end))) =                       \
                 mallocfail_paused_begin();                                              \
         MALLOCFAIL_PASTE(mallocfail_paused_, __LINE__);                                 \
         MALLOCFAIL_PASTE(mallocfail_paused_, __LINE__) = 0)

/**
 * Run a block with no failure, then with its 1st allocation failing, its 2nd, and so on, until
 * a pass in which no allocation failed. Used like `for`: a statement or a block follows, in
 * which `break` and `continue` have their usual meaning.
 *
 * However the program leaves the block, by break, return, goto or a C++ exception, the loop
 * makes no more allocations fail, and the thread's earlier settings are restored. After a
 * longjmp() out of the block this happens only when the program reuses that part of the stack:
 * call mallocfail_stop() at the destination. Do not call mallocfail_fail(), mallocfail_seed()
 * or mallocfail_stop() for the thread in the block: this ends the loop, and the library prints
 * a message. Loops can be nested: while the inner loop runs, it alone decides.
 *
 * @n
 *         Name of a uint64_t that the loop declares: 0 in the first pass, then the number of
 *         the allocation that fails.
 */
#define MALLOCFAIL_EACH(n) MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_NTH)

/**
 * Like MALLOCFAIL_EACH, with a choice of the scope and of the allocations that fail.
 *
 * @scope
 *         MALLOCFAIL_PROCESS makes allocations of other threads fail, too; the end of the loop
 *         is then a mallocfail_stop() for the process.
 * @which
 *         MALLOCFAIL_FROM makes all allocations of a pass fail from the nth on;
 *         MALLOCFAIL_EVERY every nth.
 */
#define MALLOCFAIL_EACH_OF(n, scope, which)                                              \
    for (uint64_t n = 0, mallocfail_each_##n[MALLOCFAIL_EACH_WORDS] __attribute__((      \
                             __cleanup__(mallocfail_each_end))) = {scope, which};        \
         mallocfail_each_next(&n, mallocfail_each_##n);)

#ifdef __cplusplus
}
#endif

#endif
