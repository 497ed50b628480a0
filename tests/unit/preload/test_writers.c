// SPDX-License-Identifier: MIT
// Many threads record at once, as record.c has them do in a program. What the trace's
// rooms use of the rest of the library stands in here; kernel and C library are real, and
// the runner reads what was written. Under ThreadSanitizer this is where it sees them.
#include "preload/base/env.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/stack/modules.h"
#include "preload/stack/stack.h"
#include "preload/trace/definitions.h"
#include "preload/trace/record.h"
#include "preload/trace/writer.h"
#include "runner/trace/tracefile.h"
#include "unit/unit.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** What is watched by a tool that is so much slower is done so much less often. */
#ifdef MF_TESTS_ANNOTATED_H
#define SLOWER 25
#else
#define SLOWER 1
#endif
#define THREADS 4
#define CALLS   (5000 / SLOWER)
/** How often threads come all at once. */
#define ROUNDS (500 / SLOWER)
/** Distinct stacks that they share. */
#define STACKS 32
#define BLOCKS 64

struct mf_state mf;
struct mf_hot mf_hot;
__thread struct mf_thread mf_self;

static char folder[] = "/tmp/test_writers.XXXXXX";
static char path[sizeof(folder) + sizeof("/trace")];
static bool with_stacks;

const char *mf_env_find(const char *name) {
    if (strcmp(name, MF_TRACE_VARIABLE) == 0) {
        return path;
    }
    return with_stacks && strcmp(name, MF_TRACE_STACKS_VARIABLE) == 0 ? "1" : NULL;
}

/** The stack that the calling thread is said to be in, of a module of its own. */
static __thread uint64_t present_stack;

void mf_stack_walk(uintptr_t caller, mf_stack_visit *visit, void *context) {
    (void)caller;
    struct mf_stack_frame frame = {present_stack, present_stack + 1, present_stack,
                                   present_stack};
    if (visit(context, &frame)) {
        visit(context, &frame);
    }
}

const struct mf_range *mf_modules_find(uintptr_t address) {
    (void)address;
    return NULL;
}

const struct mf_range *mf_modules_with(uint64_t key) {
    static __thread struct mf_range range;
    range.key = key;
    range.path = "/lib/module";
    return &range;
}

/** Instead of the bare system calls, which a sanitizer does not see: memory that comes
 * again at the same place is not the memory that was there. */
void *__wrap_mf_sys_map_shared(int fd, size_t offset, size_t size);
void *__wrap_mf_sys_map_shared(int fd, size_t offset, size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    return at == MAP_FAILED ? NULL : at;
}

void __wrap_mf_sys_unmap(void *address, size_t size);
void __wrap_mf_sys_unmap(void *address, size_t size) {
    munmap(address, size);
}

/** Begin to record, as in a process that has just started. */
static void start(void) {
    mf_hot.next = (struct mf_next){.malloc = malloc,
                                   .calloc = calloc,
                                   .realloc = realloc,
                                   .free = free,
                                   .key_create = pthread_key_create,
                                   .key_set = pthread_setspecific};
    mf_record_start();
    ck_assert_ptr_ne(mf_hot.next.malloc, malloc);
}

/** Let go of what the trace has, which nothing does in a program. */
static void end(void) {
    for (int i = 0; i < MF_TRACE_STREAMS_MAX; i++) {
        struct mf_writer *writer = &mf_recorder.writers[i];
        if (writer->events) {
            munmap(writer->events, writer->events->size);
        }
        if (writer->definitions) {
            munmap(writer->definitions, writer->definitions->size);
        }
    }
    munmap(mf_recorder.head, MF_TRACE_UNIT);
    if (mf_recorder.exit_hooked) {
        pthread_key_delete(mf_recorder.exit_key);
    }
    if (mf_recorder.stacks) {
        munmap((void *)mf_recorder.stacks, MF_TRACE_STACKS_MAX * sizeof(uint64_t));
    }
    memset(&mf_recorder, 0, sizeof(mf_recorder));
    memset(&mf_traced, 0, sizeof(mf_traced));
    unlink(path);
}

static void set_up(void) {
    strcpy(folder + sizeof(folder) - sizeof("XXXXXX"), "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    strcat(strcpy(path, folder), "/trace");
    with_stacks = false;
}

static void tear_down(void) {
    rmdir(folder);
}

static pthread_barrier_t at_once;

/** Have threads do it at the same moment, with their numbers from 0 on, and wait for
 * their end. */
static void together(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&at_once, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&at_once);
}

/** What the runner finds in the trace. */
struct found {
    uint64_t events, lost, damaged;
    uint32_t threads, streams;
    /** By thread, from 0. */
    uint64_t mallocs[4 * THREADS];
    /** Blocks that were freed though they were not there, and that came twice. */
    uint64_t unknown, twice;
    /** Stacks, and events whose stack is not defined. */
    uint64_t stacks, stackless;
};

/** The blocks that are there, by address: few. */
static uint64_t held[4 * BLOCKS];

static bool put(uint64_t address, uint64_t value) {
    for (unsigned i = 0; i < 4 * BLOCKS; i++) {
        if (held[i] == address) {
            held[i] = value;
            return true;
        }
    }
    return false;
}

static void look_at(const struct tracefile *file, const struct trace_event *event,
                    struct found *found) {
    const struct mf_trace_event *what = &event->event;
    if (mf_trace_allocates(what->kind)) {
        ck_assert_uint_le(event->thread, 4 * THREADS);
        found->mallocs[event->thread - 1]++;
        if (put(what->address, what->address)) {
            found->twice++;
        } else {
            ck_assert(put(0, what->address));
        }
        found->stackless += with_stacks && !tracefile_stack(file, what->stack);
    } else if (what->kind == MF_TRACE_FREE) {
        found->unknown += !put(what->address, 0);
    }
    found->events++;
}

static struct found read_back(void) {
    struct found found = {0};
    struct tracefile file;
    static struct trace_event events[1024];
    size_t count;
    memset(held, 0, sizeof(held));
    ck_assert_int_eq(tracefile_open(&file, path, &(struct diag){.quiet = true}), 0);
    while ((count = tracefile_read(&file, events, 1024)) > 0) {
        for (size_t i = 0; i < count; i++) {
            look_at(&file, &events[i], &found);
        }
    }
    for (uint32_t i = 0; i < file.stack_count; i++) {
        found.stacks += file.stacks[i].count > 0;
    }
    found.lost = file.head.lost;
    found.damaged = file.damaged;
    found.threads = file.head.threads;
    found.streams = file.head.streams;
    tracefile_close(&file);
    return found;
}

/** How many threads are at the start. */
static _Atomic unsigned started;

static void *take_one(void *unused) {
    pthread_barrier_wait(&at_once);
    // Closer than the barrier lets them go, where there are processors for it.
    started++;
    for (int patience = 1000; started % THREADS && patience > 0; patience--) {
    }
    mf_hot.next.free(mf_hot.next.malloc(10));
    // Nobody ends before all are there, and so no writer comes to two of them.
    pthread_barrier_wait(&at_once);
    return unused;
}

START_TEST(threads_that_come_at_once_lose_nothing) {
    for (int i = 0; i < ROUNDS; i++) {
        start();
        together(take_one);
        struct found found = read_back();
        ck_assert_uint_eq(found.lost, 0);
        ck_assert_uint_eq(found.events, 2 * THREADS);
        ck_assert_uint_eq(found.threads, THREADS);
        ck_assert_uint_eq(found.streams, THREADS);
        end();
    }
}
END_TEST

static void *_Atomic places[BLOCKS];

/** Each takes a block for a block of whoever was there before. */
static void *pass_around(void *thread) {
    unsigned seed = (unsigned)(uintptr_t)thread + 1;
    pthread_barrier_wait(&at_once);
    for (unsigned i = 0; i < CALLS; i++) {
        seed = seed * 1664525u + 1013904223u;
        present_stack = seed >> 8 & (STACKS - 1);
        void *block = mf_hot.next.malloc(seed % 200 + 1);
        mf_hot.next.free(atomic_exchange(&places[seed >> 16 & (BLOCKS - 1)], block));
    }
    return NULL;
}

static void free_rest(void) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        mf_hot.next.free(places[i]);
        places[i] = NULL;
    }
}

/** With stacks or without is the loop's index. */
START_TEST(each_event_is_its_threads_and_in_its_place) {
    with_stacks = _i;
    start();
    together(pass_around);
    free_rest();
    struct found found = read_back();
    ck_assert_uint_eq(found.lost + found.damaged, 0);
    ck_assert_uint_eq(found.events, 2 * THREADS * CALLS);
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_uint_eq(found.mallocs[i], CALLS);
    }
    ck_assert_uint_eq(found.unknown + found.twice, 0);
    ck_assert_uint_eq(found.stacks, with_stacks ? STACKS : 0);
    ck_assert_uint_eq(found.stackless, 0);
    end();
}
END_TEST

/** Threads that end give their writers back, or, without a hook, leave them behind;
 * that is the loop's index. */
START_TEST(threads_that_come_later_go_on_with_what_is_there) {
    start();
    if (_i) {
        pthread_key_delete(mf_recorder.exit_key);
        mf_recorder.exit_hooked = false;
    }
    for (int i = 0; i < 4; i++) {
        together(take_one);
    }
    struct found found = read_back();
    ck_assert_uint_eq(found.lost + found.damaged, 0);
    ck_assert_uint_eq(found.events, 4 * 2 * THREADS);
    ck_assert_uint_eq(found.threads, 4 * THREADS);
    // Of those that were left behind only some are looked at.
    ck_assert_uint_le(found.streams, _i ? 2 * THREADS : THREADS);
    end();
}
END_TEST

static __thread volatile unsigned handled;
static _Atomic unsigned handled_by_all;

static void on_signal(int signal) {
    (void)signal;
    mf_write(MF_TRACE_MALLOC, 11, NULL, (void *)1);
    handled++;
}

static void *be_interrupted(void *unused) {
    pthread_barrier_wait(&at_once);
    for (unsigned i = 0; i < CALLS; i++) {
        if (i % 8 == 0) {
            pthread_kill(pthread_self(), SIGUSR1);
        }
        mf_write(MF_TRACE_MALLOC, i, NULL, (void *)1);
    }
    // In the middle of an event, too.
    ck_assert(mf_writer_take(mf_traced.writer));
    raise(SIGUSR1);
    mf_writer_leave(mf_traced.writer);
    handled_by_all += handled;
    return unused;
}

START_TEST(what_a_handler_writes_is_another_writers) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    start();
    together(be_interrupted);
    struct found found = read_back();
    ck_assert_uint_eq(handled_by_all, THREADS * (CALLS / 8 + 1));
    ck_assert_uint_eq(found.lost + found.damaged, 0);
    ck_assert_uint_eq(found.events, THREADS * CALLS + handled_by_all);
    handled_by_all = 0;
    end();
}
END_TEST

static void add_case(Suite *suite, TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
}

int main(void) {
    Suite *suite = suite_create("writers");
    TCase *rounds = tcase_create("rounds");
    TCase *threads = tcase_create("threads");
    TCase *handlers = tcase_create("handlers");
    add_case(suite, rounds);
    add_case(suite, threads);
    add_case(suite, handlers);
    tcase_add_test(rounds, threads_that_come_at_once_lose_nothing);
    tcase_add_loop_test(threads, each_event_is_its_threads_and_in_its_place, 0, 2);
    tcase_add_loop_test(threads, threads_that_come_later_go_on_with_what_is_there, 0, 2);
    tcase_add_test(handlers, what_a_handler_writes_is_another_writers);
    return unit_run(suite);
}
