// SPDX-License-Identifier: MIT
// What the page allocator tells, in classes and words.
#include "runner/diagnose/outcome.h"

#include "unit/unit.h"

#include <signal.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct outcome_frame crash[] = {{"use", "tool", "tool.c", 30, 0},
                                             {"main", "tool", "tool.c", 90, 0}};
static const struct outcome_frame allocation[] = {{"xmalloc", "tool", "util.c", 5, 0},
                                                  {"make", "tool", "tool.c", 10, 0}};
static const struct outcome_frame release[] = {{"drop", "tool", "tool.c", 20, 0}};

/** What was seen, and what it is to be called. */
static const struct record {
    enum heap_fault fault;
    enum heap_finder finder;
    int signal;
    enum access access;
    int64_t offset;
    bool freed;
    enum crash_class class;
    const char *explanation;
} records[] = {
    {HEAP_FAULT_BEHIND, HEAP_FINDER_ACCESS, SIGSEGV, ACCESS_WRITE, 32, false,
     CLASS_HEAP_OVERFLOW,
     "a block of 32 bytes is written to 1 byte past its end at tool.c:30 in use(); "
     "make() at tool.c:10 allocated it"},
    {HEAP_FAULT_BEHIND, HEAP_FINDER_FREE, SIGABRT, ACCESS_UNKNOWN, 33, false,
     CLASS_HEAP_OVERFLOW,
     "a block of 32 bytes was written to 2 bytes past its end, as is found when it is "
     "freed at tool.c:30 in use(); make() at tool.c:10 allocated it"},
    {HEAP_FAULT_BEHIND, HEAP_FINDER_EXIT, SIGABRT, ACCESS_UNKNOWN, 32, false,
     CLASS_HEAP_OVERFLOW,
     "a block of 32 bytes was written to 1 byte past its end, found when the program "
     "ends; make() at tool.c:10 allocated it"},
    {HEAP_FAULT_BEFORE, HEAP_FINDER_ACCESS, SIGSEGV, ACCESS_READ, -4097, false,
     CLASS_HEAP_UNDERFLOW,
     "a block of 32 bytes is read 4,097 bytes in front of it at tool.c:30 in use(); "
     "make() at tool.c:10 allocated it"},
    {HEAP_FAULT_FREED, HEAP_FINDER_ACCESS, SIGSEGV, ACCESS_READ, 8, true,
     CLASS_USE_AFTER_FREE,
     "a freed block of 32 bytes is read at offset 8 at tool.c:30 in use(); drop() at "
     "tool.c:20 freed it"},
    {HEAP_FAULT_DOUBLE_FREE, HEAP_FINDER_FREE, SIGABRT, ACCESS_UNKNOWN, 0, true,
     CLASS_DOUBLE_FREE,
     "a block of 32 bytes is freed a second time at tool.c:30 in use(); drop() at "
     "tool.c:20 freed it"},
    {HEAP_FAULT_DOUBLE_FREE, HEAP_FINDER_REALLOC, SIGABRT, ACCESS_UNKNOWN, 0, true,
     CLASS_DOUBLE_FREE,
     "a freed block of 32 bytes is given to realloc() at tool.c:30 in use(); drop() at "
     "tool.c:20 freed it"},
    {HEAP_FAULT_INSIDE, HEAP_FINDER_FREE, SIGABRT, ACCESS_UNKNOWN, 8, false,
     CLASS_INVALID_FREE,
     "an address 8 bytes into a block of 32 bytes is freed at tool.c:30 in use(); make() "
     "at tool.c:10 allocated it"},
    {HEAP_FAULT_INSIDE, HEAP_FINDER_FREE, SIGABRT, ACCESS_UNKNOWN, -8, false,
     CLASS_INVALID_FREE,
     "an address 8 bytes in front of a block of 32 bytes is freed at tool.c:30 in use(); "
     "make() at tool.c:10 allocated it"},
};

static struct outcome_facts facts_of(const struct record *record,
                                     const struct outcome_heap *heap) {
    return (struct outcome_facts){
        .signal = record->signal,
        .code = record->signal == SIGSEGV ? 1 : -6,
        .address = heap->address + (uint64_t)heap->offset,
        .address_known = record->signal == SIGSEGV,
        .access = record->access,
        .frames = crash,
        .count = COUNT(crash),
        .total = COUNT(crash),
        .abort_message = "",
        .last_words = "libmallocfail: heap misuse: and so on\n",
        .heap = heap,
    };
}

START_TEST(a_misuse_is_told_with_its_block) {
    const struct record *record = &records[_i];
    const struct outcome_heap heap = {
        .fault = record->fault,
        .finder = record->finder,
        .address = 0x7f0000001fe0,
        .size = 32,
        .freed = record->freed,
        .offset = record->offset,
        .allocation = allocation,
        .allocation_count = COUNT(allocation),
        .release = release,
        .release_count = record->freed ? COUNT(release) : 0,
    };
    const struct outcome_facts facts = facts_of(record, &heap);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_CRASHED);
    ck_assert_str_eq(outcome_class_name(verdict.class),
                     outcome_class_name(record->class));
    ck_assert_str_eq(verdict.explanation, record->explanation);
}
END_TEST

START_TEST(a_free_of_no_block_tells_its_address) {
    const struct record record = {.signal = SIGABRT};
    const struct outcome_heap heap = {.fault = HEAP_FAULT_NO_BLOCK,
                                      .finder = HEAP_FINDER_FREE,
                                      .address = 0x7ffc0000beef};
    const struct outcome_facts facts = facts_of(&record, &heap);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_INVALID_FREE);
    ck_assert_str_eq(verdict.explanation, "0x7ffc0000beef, which is not a heap block, is "
                                          "freed at tool.c:30 in use()");
}
END_TEST

START_TEST(a_signature_does_not_depend_on_how_many_classes_there_are) {
    ck_assert_int_eq(OUTCOME_WEIGHT, CLASS_OTHER + 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("misuse");
    TCase *test = tcase_create("misuse");
    tcase_add_loop_test(test, a_misuse_is_told_with_its_block, 0, COUNT(records));
    tcase_add_test(test, a_free_of_no_block_tells_its_address);
    tcase_add_test(test, a_signature_does_not_depend_on_how_many_classes_there_are);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
