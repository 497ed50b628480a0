// SPDX-License-Identifier: MIT
// What many threads write at once and nobody locks: journal, table of stacks, account of
// live blocks, thread counters. Under ThreadSanitizer (configure
// --enable-sanitizers=thread) this is where the library's own code is seen by it: the
// library itself lives in programs that are not built with it. What the rooms use of the
// rest of it stands in here. See cases/races.sh.
#include "core/channel/account.h"
#include "core/channel/journal.h"
#include "core/channel/stacktable.h"
#include "preload/base/limits.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/explore.h"
#include "preload/explore/stacks.h"
#include "preload/heap/account.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/thread_counters.h"
#include "preload/stack/known.h"
#include "preload/stack/modules.h"
#include "preload/stack/stack.h"
#include "unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/** What is watched by a tool that is so much slower is done so much less often. */
#ifdef MF_TESTS_ANNOTATED_H
#define SLOWER 100
#else
#define SLOWER 1
#endif
#define THREADS 4
#define CALLS   (20000 / SLOWER)
/** Distinct stacks that the threads share. */
#define STACKS 32

struct mf_state mf;
struct mf_thread_counter mf_nobody = {.left = -MF_THREAD_COUNTER_RECALL};
struct mf_hot mf_hot;
struct mf_policies mf_policies;
struct mf_exploration mf_exploration;
__thread struct mf_thread mf_self = {.gate = &mf_nobody};

/** Zeroed memory that begins with a page, as a mapping does. */
static void *pages(size_t size) {
    size = (size + MF_PAGE - 1) / MF_PAGE * MF_PAGE;
    void *memory = aligned_alloc(MF_PAGE, size);
    ck_assert_ptr_nonnull(memory);
    return memset(memory, 0, size);
}

/** The stack that the calling thread is said to be in. */
static __thread uint64_t present_stack;

void mf_stack_walk(uintptr_t caller, mf_stack_visit *visit, void *context) {
    struct mf_stack_frame frame = {caller, 1, present_stack, present_stack};
    if (visit(context, &frame)) {
        frame.offset++;
        frame.function++;
        visit(context, &frame);
    }
}

const struct mf_range *mf_modules_find(uintptr_t address) {
    (void)address;
    return NULL;
}

void *mf_memory_map(const struct mf_memory *memory, uint64_t offset, uint64_t size) {
    (void)memory;
    (void)offset;
    return pages(size);
}

void *mf_sys_reserve_memory(size_t size) {
    return pages(size);
}

bool mf_limits_allow(uint64_t size) {
    (void)size;
    return true;
}

uint64_t mf_sys_now(void) {
    return 0;
}

uint64_t mf_sys_now_coarse(void) {
    return 0;
}

bool mf_sys_on_signal_stack(uintptr_t address) {
    (void)address;
    return false;
}

int mf_sys_tid(void) {
    static _Atomic int last;
    return ++last;
}

void mf_call_write_frames(const struct mf_interposed_call *call,
                          struct mf_frame *frames) {
    for (unsigned i = 0; i < mf_call_frame_count(call); i++) {
        frames[i] = (struct mf_frame){call->stack_id, i};
    }
}

uint64_t mf_explore_passing_ahead(const struct mf_process *process, uint64_t number,
                                  uint64_t by_rules) {
    (void)process;
    (void)number;
    return by_rules;
}

#ifdef __SANITIZE_THREAD__
/** A reader of the journal copies what may be written meanwhile, and looks afterwards
 * whether it was: by intention, as in a seqlock. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "race:mf_journal_next\n";
}
#endif

static void set_up(void) {
    mf.head = pages(sizeof(*mf.head));
    mf.slots = pages(sizeof(*mf.slots));
    mf.process = mf.slots;
}

static void tear_down(void) {
    free(mf_account);
    free(mf.slots);
    free(mf.head);
    mf_account = NULL;
    memset(&mf, 0, sizeof(mf));
    memset(&mf_exploration, 0, sizeof(mf_exploration));
}

/** Have all threads do it, with their numbers from 0 on, and wait for their end. */
static void together(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/** Look up stacks of one's own, more than there is room for, and keep them. */
static void *look_stacks_up(void *number) {
    static struct mf_sites sites;
    uintptr_t words[6] = {0};
    struct mf_registers start = {0, (uintptr_t)&words[2], 0};
    uintptr_t wrong = 0, known = 0;
    for (uintptr_t i = 0; i < CALLS; i++) {
        uintptr_t caller = 1 + (uintptr_t)number * MF_PAGE + i / 4 % 1024;
        words[5] = i % 3;
        uint64_t rules;
        if (mf_known_find(&sites, &start, caller, &rules)) {
            wrong += rules != (caller << 8 | words[5]);
            known++;
            continue;
        }
        struct mf_trail trail;
        mf_trail_begin(&trail, &start, caller);
        mf_trail_add(&trail, &words[1]);
        mf_trail_add(&trail, &words[5]);
        mf_known_keep(&trail, 0, caller << 8 | words[5]);
    }
    return (void *)(wrong << 32 | known);
}

START_TEST(no_stack_is_taken_for_another) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, look_stacks_up, (void *)i), 0);
    }
    uintptr_t known = 0;
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        ck_assert_uint_eq((uintptr_t)result >> 32, 0);
        known += (uintptr_t)result;
    }
    ck_assert_uint_gt(known, 0);
}
END_TEST

START_TEST(a_stack_is_known_under_the_rules_it_was_asked_for_only) {
    static struct mf_sites sites;
    uintptr_t words[6] = {0};
    struct mf_registers start = {0, (uintptr_t)&words[2], 0};
    struct mf_trail trail;
    uint64_t rules;
    mf_trail_begin(&trail, &start, 77);
    mf_trail_add(&trail, &words[1]);
    mf_known_keep(&trail, 7, 5);
    atomic_store(&sites.generation, 8);
    ck_assert(!mf_known_find(&sites, &start, 77, &rules));
    atomic_store(&sites.generation, 7);
    ck_assert(mf_known_find(&sites, &start, 77, &rules));
    ck_assert_uint_eq(rules, 5);
    ck_assert(!mf_known_find(&sites, &start, 78, &rules));
    words[1] = 1;
    ck_assert(!mf_known_find(&sites, &start, 77, &rules));
}
END_TEST

START_TEST(a_stack_that_is_too_long_is_not_kept) {
    static struct mf_sites sites;
    static uintptr_t words[MF_KNOWN_WORDS + 3];
    struct mf_registers start = {0, (uintptr_t)&words[2], 0};
    struct mf_trail trail;
    uint64_t rules;
    mf_trail_begin(&trail, &start, 99);
    for (int i = 0; i < MF_KNOWN_WORDS + 1; i++) {
        mf_trail_add(&trail, &words[1 + i]);
    }
    mf_known_keep(&trail, 0, 5);
    ck_assert(!mf_known_find(&sites, &start, 99, &rules));
}
END_TEST

#define ENTRIES (THREADS * CALLS)

static void *append(void *unused) {
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        uint64_t sequence;
        struct mf_injection *entry = mf_journal_reserve(mf.head, &sequence);
        entry->number = i;
        entry->size = i;
        entry->time_ns = i;
        mf_journal_publish(entry, sequence);
    }
    return unused;
}

/** The ring goes round many times meanwhile. (One writer: a second one that sleeps for
 * all of a round may wake up in an entry that is another's by then.) */
START_TEST(who_reads_the_journal_meanwhile_gets_whole_entries) {
    pthread_t writer;
    struct mf_injection copy;
    uint64_t cursor = 0, last = 0;
    ck_assert_int_eq(pthread_create(&writer, NULL, append, NULL), 0);
    while (cursor < ENTRIES) {
        if (mf_journal_next(mf.head, &cursor, &copy)) {
            ck_assert_uint_gt(copy.number, last);
            ck_assert_uint_eq(copy.size, copy.number);
            ck_assert_uint_eq(copy.time_ns, copy.number);
            last = copy.number;
        }
    }
    pthread_join(writer, NULL);
}
END_TEST

static void *keep_stacks(void *thread) {
    for (uint64_t i = 0; i < CALLS; i++) {
        struct mf_interposed_call call = {.depth = 3};
        call.stack_id = (i + (uintptr_t)thread) % STACKS + 1;
        mf_stacks_keep(&call);
    }
    return NULL;
}

START_TEST(a_stack_is_kept_once_with_its_frames) {
    struct mf_exploration *ours = &mf_exploration;
    static struct mf_stack table[128];
    static struct mf_frame frames[THREADS * STACKS * 3];
    ours->stacks = table;
    ours->stacks_room = 128;
    ours->frames = frames;
    ours->frames_room = sizeof(frames) / sizeof(frames[0]);
    together(keep_stacks);
    for (uint64_t id = 1; id <= STACKS; id++) {
        const struct mf_stack *stack = mf_stacktable_find(table, 128, id);
        ck_assert(stack && stack->id == id);
        ck_assert_uint_eq(stack->count, 3);
        for (uint32_t i = 0; i < stack->count; i++) {
            ck_assert_uint_eq(frames[stack->first + i].offset, id);
        }
    }
    ck_assert_uint_eq(mf.head->explore.frames_used, 3 * STACKS);
}
END_TEST

/** Hold a few blocks at a time, of addresses that are neighbours of others'. */
static void *hold_and_let_go(void *thread) {
    for (uintptr_t i = 0; i < CALLS; i++) {
        void *block = (void *)(0x10000 + (i % 64 * THREADS + (uintptr_t)thread) * 32);
        present_stack = i % STACKS * 2;
        mf_account_add(block, 100, &present_stack);
        if (i + 1 < CALLS) {
            ck_assert_uint_eq(mf_account_take(block).size, 100);
        }
    }
    return NULL;
}

START_TEST(the_account_of_blocks_comes_out_even) {
    uint64_t blocks = 0, bytes = 0;
    mf.head->explore.account_mode = MF_ACCOUNT_SITES;
    mf_account_map(&(struct mf_memory){.fd = -1, .size = sizeof(struct mf_account)});
    ck_assert(mf_account_kept());
    together(hold_and_let_go);
    ck_assert_uint_eq(mf_account->lost, 0);
    for (uint64_t i = 0; i < mf_account->origins_used; i++) {
        blocks += mf_account->origins[i].blocks;
        bytes += mf_account->origins[i].bytes;
    }
    ck_assert_uint_eq(blocks, THREADS);
    ck_assert_uint_eq(bytes, THREADS * 100);
    // Threads that come at once may make an origin each.
    ck_assert_uint_ge(mf_account->origins_used, STACKS);
    ck_assert_uint_le(mf_account->origins_used, STACKS * THREADS);
}
END_TEST

/** Take numbers as the gate does. */
static void *take_numbers(void *unused) {
    struct mf_thread_counter *counter = mf_thread_counter_mine(mf.process);
    for (int i = 0; i < CALLS; i++) {
        if (mf_thread_counter_spend(counter)) {
            continue;
        }
        mf_thread_counter_settle(mf.process, counter, false);
        if (mf_thread_counter_number(&mf_policies.all[0], mf.process, counter)) {
            mf_thread_counter_lease(&mf_policies.all[0], mf.process, counter, 0);
        }
    }
    return unused;
}

START_TEST(each_number_is_handed_out_once) {
    mf_hot.next.key_create = pthread_key_create;
    mf_hot.next.key_set = pthread_setspecific;
    ck_assert(mf_thread_counters_hook_exits());
    // More threads than one: nobody holds all numbers.
    mf_self.index = 1;
    mf.process->threads = 1;
    together(take_numbers);
    const struct mf_tally *tally = &mf.process->tallies[0];
    ck_assert_uint_eq(tally->position - tally->returned, (uint64_t)THREADS * CALLS);
    for (unsigned i = 0; i < mf.process->counters_used; i++) {
        ck_assert_uint_eq(mf.process->counters[i].owner, 0);
    }
    ck_assert_uint_le(mf.process->counters_used, THREADS);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("races");
    TCase *tcase = tcase_create("races");
    tcase_add_test(tcase, no_stack_is_taken_for_another);
    tcase_add_test(tcase, a_stack_is_known_under_the_rules_it_was_asked_for_only);
    tcase_add_test(tcase, a_stack_that_is_too_long_is_not_kept);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, who_reads_the_journal_meanwhile_gets_whole_entries);
    tcase_add_test(tcase, a_stack_is_kept_once_with_its_frames);
    tcase_add_test(tcase, the_account_of_blocks_comes_out_even);
    tcase_add_test(tcase, each_number_is_handed_out_once);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
