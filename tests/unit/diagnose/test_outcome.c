// SPDX-License-Identifier: MIT
// What recorded facts are called, and whom they blame.
#include "unit/backtrace.h"
#include "unit/diagnose/record.h"
#include "unit/unit.h"

#include <signal.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *text_of(const char *text) {
    return text ? text : "";
}

/** The function of a frame, "" where there is none. */
static const char *function_at(const struct stack *stack, size_t at) {
    return at < stack->count ? text_of(stack->frames[at].function) : "";
}

static struct outcome_facts facts_of(const struct record *record,
                                     const struct stack *broke) {
    bool fault = record->signal == SIGSEGV || record->signal == SIGBUS;
    bool known = fault && record->address != UNKNOWN;
    return (struct outcome_facts){
        .timed_out = record->signal == 0,
        .signal = record->signal,
        .code = record->code ? record->code : 1,
        .address = known ? record->address : 0,
        .address_known = known,
        .access = record->access,
        .sp = record->sp,
        .stack_low = record->stack_low,
        .stack_high = record->stack_low ? record->stack_low + 0x800000 : 0,
        .freed_fill_seen = record->fill,
        .null_proven = record->proven,
        .frames = broke->frames,
        .count = broke->count,
        .total = broke->count,
        .cycle = cycle_find(broke->keys, broke->count),
        .abort_message = text_of(record->message),
        .last_words = text_of(record->words),
        .injections = record->failed != NULL,
        .same_in_a_row = record->in_a_row,
    };
}

/** Judge a record, and see that all is as it says. */
static void check(const struct record *record) {
    struct stack broke, failed;
    read_stack(&broke, record->broke);
    read_stack(&failed, text_of(record->failed));
    struct outcome_injection injection = {"malloc", 16, NULL, failed.frames,
                                          failed.count};
    struct outcome_facts facts = facts_of(record, &broke);
    facts.injection = record->failed ? &injection : NULL;
    enum outcome wanted = record->outcome ? record->outcome : OUTCOME_CRASHED;
    struct outcome_verdict verdict;
    memset(&verdict, 'x', sizeof(verdict));
    outcome_judge(&facts, &verdict);
    ck_assert_msg(verdict.class == record->class, "%s: it is called '%s'", record->name,
                  outcome_class_name(verdict.class));
    ck_assert_msg(verdict.outcome == wanted, "%s: it %s", record->name,
                  outcome_name(verdict.outcome));
    const char *broke_in = function_at(&broke, verdict.crash_site);
    ck_assert_msg(strcmp(broke_in, text_of(record->broke_in)) == 0,
                  "%s: '%s' is blamed for the crash", record->name, broke_in);
    const char *failed_in = function_at(&failed, verdict.injection_site);
    ck_assert_msg(strcmp(failed_in, text_of(record->failed_in)) == 0,
                  "%s: '%s' is blamed for the failure", record->name, failed_in);
    ck_assert_msg(strcmp(verdict.detail, text_of(record->detail)) == 0,
                  "%s: the detail is '%s'", record->name, verdict.detail);
    ck_assert_msg(!record->explanation ||
                      strcmp(verdict.explanation, record->explanation) == 0,
                  "%s: %s", record->name, verdict.explanation);
    ck_assert_msg(strlen(verdict.explanation) > 10, "%s: no explanation", record->name);
}

START_TEST(a_pointer_is_judged_right) {
    check(&records_pointers.list[_i]);
}
END_TEST

START_TEST(broken_memory_is_judged_right) {
    check(&records_memory.list[_i]);
}
END_TEST

START_TEST(an_exception_is_judged_right) {
    check(&records_exceptions.list[_i]);
}
END_TEST

START_TEST(a_check_is_judged_right) {
    check(&records_checks.list[_i]);
}
END_TEST

START_TEST(an_end_is_judged_right) {
    check(&records_ends.list[_i]);
}
END_TEST

START_TEST(there_is_a_record_of_each_class) {
    static const struct records *const families[] = {&records_checks, &records_pointers,
                                                     &records_memory, &records_exceptions,
                                                     &records_ends};
    bool seen[CLASS_COUNT] = {[CLASS_NONE] = true,
                              // Told by a cycle: test_recursion.c.
                              [CLASS_ALLOCATOR_REENTRY] = true,
                              // Told by the page allocator: test_misuse.c.
                              [CLASS_HEAP_OVERFLOW] = true,
                              [CLASS_HEAP_UNDERFLOW] = true,
                              [CLASS_DOUBLE_FREE] = true,
                              [CLASS_INVALID_FREE] = true,
                              // What the user demands: cases/explore/demands.sh.
                              [CLASS_UNEXPECTED_END] = true,
                              [CLASS_IGNORED_FAILURE] = true};
    for (size_t i = 0; i < COUNT(families); i++) {
        for (size_t k = 0; k < families[i]->count; k++) {
            seen[families[i]->list[k].class] = true;
        }
    }
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        ck_assert_msg(seen[i], "%s", outcome_class_name((enum crash_class)i));
    }
}
END_TEST

START_TEST(every_outcome_and_class_has_a_name_of_its_own) {
    for (int i = 0; i < CLASS_COUNT; i++) {
        ck_assert_ptr_nonnull(outcome_class_name((enum crash_class)i));
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(outcome_class_name((enum crash_class)i),
                             outcome_class_name((enum crash_class)k));
        }
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        ck_assert_ptr_nonnull(outcome_name((enum outcome)i));
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(outcome_name((enum outcome)i),
                             outcome_name((enum outcome)k));
        }
    }
    ck_assert_str_eq(outcome_class_name(CLASS_ALLOCATOR_REENTRY), "allocator re-entry");
    ck_assert_str_eq(outcome_name(OUTCOME_TOLERATED), "tolerated");
}
END_TEST

START_TEST(defects_are_what_the_design_says) {
    static const bool defects[OUTCOME_COUNT] = {[OUTCOME_CRASHED] = true,
                                                [OUTCOME_SILENT] = true,
                                                [OUTCOME_HUNG] = true,
                                                [OUTCOME_SICK] = true};
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        ck_assert_int_eq(outcome_is_defect((enum outcome)i), defects[i]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outcome");
    TCase *test = tcase_create("outcome");
    tcase_add_loop_test(test, a_pointer_is_judged_right, 0, (int)records_pointers.count);
    tcase_add_loop_test(test, broken_memory_is_judged_right, 0,
                        (int)records_memory.count);
    tcase_add_loop_test(test, an_exception_is_judged_right, 0,
                        (int)records_exceptions.count);
    tcase_add_loop_test(test, a_check_is_judged_right, 0, (int)records_checks.count);
    tcase_add_loop_test(test, an_end_is_judged_right, 0, (int)records_ends.count);
    tcase_add_test(test, there_is_a_record_of_each_class);
    tcase_add_test(test, every_outcome_and_class_has_a_name_of_its_own);
    tcase_add_test(test, defects_are_what_the_design_says);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
