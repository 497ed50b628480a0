/* SPDX-License-Identifier: MIT */
/**
 * mallocfail's API for tests: a program decides which of its own allocations fail.
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
 * its 2nd, and so on, until a pass in which nothing failed.
 *
 * The functions work when libmallocfail.so is preloaded: by `mallocfail run ./test`, or by
 * LD_PRELOAD alone. Without it nothing ever fails: the loop runs its block once, functions
 * that return a status return -1 with errno ENOSYS, counts are 0, and
 * mallocfail_available() returns 0.
 *
 * Allocations are calls of malloc and its relatives (mallocfail(1)); a failing one
 * returns NULL with errno ENOMEM, or does what else its specification requires. Counts
 * begin at 1.
 *
 * There are two scopes: the settings of a thread decide about its allocations alone; for
 * threads without settings, the policy of the process decides.
 *
 * Every function may be called in any thread; only mallocfail_should_fail() may be called
 * in a signal handler. None changes errno on success. None allocates.
 */
#ifndef MALLOCFAIL_H
#define MALLOCFAIL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whose allocations. */
enum mallocfail_scope {
    /** The calling thread's. */
    MALLOCFAIL_THREAD,
    /** Those of all threads without settings of their own. */
    MALLOCFAIL_PROCESS
};

/** Which of them fail. */
enum mallocfail_which {
    /** None; they are counted. */
    MALLOCFAIL_NONE,
    /** The nth. */
    MALLOCFAIL_NTH,
    /** The nth, the 2nth, the 3nth ... */
    MALLOCFAIL_EVERY,
    /** The nth and all after it. */
    MALLOCFAIL_FROM
};

/** How many words of a loop's state are on its stack. */
#define MALLOCFAIL_EACH_WORDS 16

/** The functions of the library; call the wrappers below instead. (The members have "do_"
 * names because test frameworks define macros like "fail".) */
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

/** The one symbol that leads to the library. NULL for a version that it does not have. */
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

/** Without the library, functions fail with ENOSYS. */
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
 * Make allocations fail, counted from now on. Replaces the earlier settings of the same
 * scope. A thread that is in an allocation finishes it under the earlier settings.
 *
 * @n
 *         At least 1; ignored for MALLOCFAIL_NONE.
 * @return
 *         0, or -1 with errno: EINVAL for an invalid scope, which or n; EBUSY if another
 *         thread has been replacing the process's policy for a second; ENOSYS without
 *         the library.
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
 * and none fails. After the last byte all pass. Replaces the thread's earlier settings, and
 * ends its pauses.
 *
 * @bytes
 *         Copied; only the first 32 are used. May be NULL if length is 0.
 * @length
 *         Number of bytes; with 0 nothing fails.
 * @return
 *         0, or -1 with errno: EINVAL for NULL with a length; ENOSYS without the library,
 *         and then nothing fails.
 */
static inline int mallocfail_seed(const void *bytes, size_t length) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_seed(bytes, length) : mallocfail_absent();
}

/**
 * Replace the policy of the process, see mallocfail-policy(5); the new one is armed at
 * once. Needs about 8 KiB of stack.
 *
 * @scope
 *         For MALLOCFAIL_THREAD each of its rules selects the calling thread's
 *         allocations only, whatever its "thread" says.
 * @text
 *         The JSON itself.
 * @error
 *         Room for an error message, "LINE:COLUMN: PATH: ..."; may be NULL.
 * @size
 *         Its size in bytes; 320 are enough.
 * @return
 *         0, or -1 with errno: EINVAL if the policy has an error (nothing changes),
 *         EBUSY and ENOSYS as for mallocfail_fail().
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
 * MALLOCFAIL_PROCESS the policy that the process was started with holds again, with the
 * counts that it had. Counts can still be read.
 *
 * @return
 *         0, or -1 with errno EINVAL, EBUSY or ENOSYS.
 */
static inline int mallocfail_stop(enum mallocfail_scope scope) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_stop(scope) : mallocfail_absent();
}

/**
 * Let the calling thread's allocations pass, uncounted, until mallocfail_resume() has been
 * called as many times: for code that is not part of the test. mallocfail_fail() for the
 * thread, and the beginning of a loop, end all pauses. See also MALLOCFAIL_PAUSED.
 */
static inline void mallocfail_pause(void) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_pause();
    }
}

/** End the latest mallocfail_pause(); no effect without one. */
static inline void mallocfail_resume(void) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_resume();
    }
}

/**
 * Number of allocations, failed ones included: of the thread since its latest
 * mallocfail_fail(), mallocfail_seed() or pass of a loop; of the process since the latest
 * change of its policy, or since arming.
 */
static inline uint64_t mallocfail_allocations(enum mallocfail_scope scope) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_allocations(scope) : 0;
}

/** Number of those that were made to fail. */
static inline uint64_t mallocfail_failures(enum mallocfail_scope scope) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_failures(scope) : 0;
}

/**
 * Begin to count live blocks: those that the process allocates from now on, in any thread,
 * and does not free. Earlier blocks are not counted, and neither is their free(). Each call
 * begins anew. Counting makes allocations slower until the process ends.
 *
 * @return
 *         0, or -1 with errno: ENOMEM; ENOSYS without the library, in explorations, while a
 *         trace is recorded, and in a program with an allocator inside.
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

/** Sum of the bytes that they were asked for with. */
static inline uint64_t mallocfail_live_bytes(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_live_bytes() : 0;
}

/** Without the library. */
static inline int mallocfail_never(uint64_t size) {
    (void)size;
    return 0;
}

/** For the macro: the function to call. */
static inline int (*mallocfail_asked(void))(uint64_t size) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_should_fail : mallocfail_never;
}

/**
 * int mallocfail_should_fail(size_t size): whether to fail an allocation that the caller is
 * about to make. For a program's own allocators, pools and caches. It counts like a call of
 * malloc by the caller: it is numbered, selected by rules, and failed by loops and
 * explorations; policies and reports name it "mallocfail_should_fail". Unlike the other
 * functions it also works in explorations. If the allocator then calls malloc, both calls
 * are counted.
 *
 * Safe in a signal handler. Keeps errno; setting it is up to the caller. A macro, so that
 * reports have the caller's line.
 *
 * @size
 *         Number of bytes asked for; evaluated once.
 * @return
 *         1 if it is to fail, else 0; always 0 if the library is not preloaded.
 */
#define mallocfail_should_fail(size) (mallocfail_asked()(size))

/**
 * Name the part of the program that the calling thread is in: reports show it with each
 * allocation that fails there.
 *
 * @name
 *         Copied; only the first 31 bytes are used. NULL or "" ends the region.
 */
static inline void mallocfail_region(const char *name) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_region(name);
    }
}

/**
 * Begin to count and fail under the policy that the process was started with, if it has
 * "arm": "api".
 *
 * @return
 *         0, or -1 if it is already armed, is not armed by the program, or without the
 *         library.
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
 *         0, or -1 if nothing was armed by mallocfail_arm().
 */
static inline int mallocfail_disarm(void) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_disarm() : mallocfail_absent();
}

/** For the macros: begin the next pass; returns whether there is one. */
static inline int mallocfail_each_next(uint64_t *pass, uint64_t *state) {
    const struct mallocfail_api *api = mallocfail_library();
    return api ? api->do_each_next(pass, state) : state[2]++ == 0;
}

/** For the macros: end a loop's effect, in whatever way it was left. */
static inline void mallocfail_each_end(uint64_t (*state)[MALLOCFAIL_EACH_WORDS]) {
    const struct mallocfail_api *api = mallocfail_library();
    if (api) {
        api->do_each_end(*state);
    }
}

/** For the macro: begin and end a pause. */
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
 * Run a block once with the calling thread's allocations passing, uncounted: assertions
 * of frameworks that allocate (libcheck's do), messages, what makes a test ready. However
 * the block is left, by break, return, goto or a C++ exception, the pause ends; `break`
 * and `continue` leave this block, not a loop around it.
 */
#define MALLOCFAIL_PAUSED                                                                \
    for (int MALLOCFAIL_PASTE(mallocfail_paused_, __LINE__)                              \
             __attribute__((__cleanup__(mallocfail_paused_end))) =                       \
                 mallocfail_paused_begin();                                              \
         MALLOCFAIL_PASTE(mallocfail_paused_, __LINE__);                                 \
         MALLOCFAIL_PASTE(mallocfail_paused_, __LINE__) = 0)

/**
 * Run a block with nothing failing, then with its 1st allocation failing, its 2nd, and so
 * on, until a pass in which nothing failed. Reads like a `for`: a statement or a block
 * follows; `break` and `continue` do what they always do.
 *
 * However the block is left, by break, return, goto or a C++ exception, the loop's
 * failures end with it, and what was asked for before holds again. longjmp() out of it
 * is noticed only when the loop's part of the stack is used anew: call
 * mallocfail_stop() where it lands. Inside the block mallocfail_fail() would take the
 * failures out of the loop's hands. Loops nest: the inner one decides while it runs.
 *
 * @n
 *         Name of a uint64_t that the loop declares: 0 in the first pass, else which
 *         allocation fails.
 */
#define MALLOCFAIL_EACH(n) MALLOCFAIL_EACH_OF(n, MALLOCFAIL_THREAD, MALLOCFAIL_NTH)

/**
 * The same, with a choice.
 *
 * @scope
 *         MALLOCFAIL_PROCESS to fail other threads' allocations, too.
 * @which
 *         MALLOCFAIL_FROM to have each pass's failure followed by nothing but failures;
 *         MALLOCFAIL_EVERY for each nth.
 */
#define MALLOCFAIL_EACH_OF(n, scope, which)                                              \
    for (uint64_t n = 0, mallocfail_each_##n[MALLOCFAIL_EACH_WORDS] __attribute__((      \
                             __cleanup__(mallocfail_each_end))) = {scope, which};        \
         mallocfail_each_next(&n, mallocfail_each_##n);)

#ifdef __cplusplus
}
#endif

#endif
