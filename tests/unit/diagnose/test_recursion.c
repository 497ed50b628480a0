// SPDX-License-Identifier: MIT
// Stacks without end: what they are called, and the words for them.
#include "unit/backtrace.h"
#include "unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/** The most frames that are named: as findings have them. */
#define NAMED_MAX 192

/** A stack too deep to be named: `top`, then `middle` again and again, then `bottom`,
 * `total` frames in all. */
static struct outcome_facts deep(const char *top, const char *middle, const char *bottom,
                                 size_t total, struct stack *named) {
    static struct stack first, again, last;
    read_stack(&first, top);
    read_stack(&again, middle);
    read_stack(&last, bottom);
    uint64_t *keys = malloc(total * sizeof(keys[0]));
    ck_assert_ptr_nonnull(keys);
    memset(named, 0, sizeof(*named));
    for (size_t i = 0; i < total; i++) {
        size_t to_go = total - i;
        bool in_last = to_go <= last.count;
        const struct stack *from = i < first.count ? &first : in_last ? &last : &again;
        size_t at = i < first.count ? i
                    : in_last       ? last.count - to_go
                                    : (i - first.count) % again.count;
        keys[i] = from->keys[at];
        if (i < NAMED_MAX) {
            named->frames[named->count++] = from->frames[at];
        }
    }
    struct outcome_facts facts = {
        .signal = SIGSEGV,
        .code = 2,
        .frames = named->frames,
        .count = named->count,
        .total = total,
        .cycle = cycle_find(keys, total),
        .abort_message = "",
        .last_words = "",
    };
    free(keys);
    return facts;
}

/** The article's first backtrace, as lldb printed it: malloc calls puts, which allocates
 * a buffer for stdout. */
START_TEST(the_article_s_malloc_with_puts_inside) {
    struct stack named;
    struct outcome_facts facts =
        deep("ioctl + 67|libsystem_kernel.dylib\nisatty + 43|libsystem_c.dylib\n"
             "__smakebuf + 60|libsystem_c.dylib\n",
             "__swsetup + 155|libsystem_c.dylib\n__sfvwrite + 73|libsystem_c.dylib\n"
             "puts + 144|libsystem_c.dylib\nmalloc + 27|program|program.c:6\n"
             "__smakebuf + 108|libsystem_c.dylib\n",
             "operator new(unsigned long) + 30|dyld\n"
             "std::__1::vector<char const*>::insert + 343|dyld\n"
             "dyld::registerImageStateBatchChangeHandler + 147|dyld\n"
             "dyld_register_image_state_change_handler + 76|libdyld.dylib\n"
             "_dyld_initializer + 47|libdyld.dylib\n"
             "libSystem_initializer + 116|libSystem.B.dylib\n"
             "ImageLoaderMachO::doModInitFunctions + 265|dyld\n"
             "ImageLoaderMachO::doInitialization + 40|dyld\n"
             "ImageLoader::recursiveInitialization + 305|dyld\n"
             "ImageLoader::recursiveInitialization + 198|dyld\n"
             "ImageLoader::processInitializers + 127|dyld\n"
             "ImageLoader::runInitializers + 75|dyld\n"
             "dyld::initializeMainExecutable() + 208|dyld\ndyld::_main + 3793|dyld\n"
             "dyldbootstrap::start + 512|dyld\n_dyld_start + 54|dyld\n",
             130953, &named);
    facts.address = 0x7fff5f3ffff8;
    facts.address_known = true;
    facts.access = ACCESS_WRITE;
    ck_assert_uint_eq(facts.count, NAMED_MAX);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_CRASHED);
    ck_assert_int_eq(verdict.class, CLASS_ALLOCATOR_REENTRY);
    ck_assert_str_eq(
        verdict.explanation,
        "malloc() is called again from within itself, without end: 26,186 times "
        "malloc → puts → __sfvwrite → __swsetup → __smakebuf");
}
END_TEST

/** The article's second one: an operator new that throws, and throwing needs calloc. */
START_TEST(the_article_s_calloc_that_zeroes_a_null) {
    struct stack stack;
    read_stack(&stack, "_platform_bzero + 94|dyld\ncalloc + 52|dyld\n"
                       "__cxa_get_globals + 100|dyld\n__cxa_throw + 25|dyld\n"
                       "operator new(unsigned long) + 87|dyld\n");
    struct outcome_facts facts = {
        .signal = SIGSEGV,
        .code = 1,
        .address = 8,
        .address_known = true,
        .access = ACCESS_WRITE,
        .frames = stack.frames,
        .count = stack.count,
        .total = stack.count,
        .abort_message = "",
        .last_words = "",
    };
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_CRASHED);
    ck_assert_int_eq(verdict.class, CLASS_FAILURE_WHILE_THROWING);
    ck_assert_str_eq(verdict.explanation,
                     "throwing an exception breaks in _platform_bzero (dyld)");
}
END_TEST

#define ENDLESS "grow|tree|tree.c:30\nadd_node|tree|tree.c:20\nreport|tree|tree.c:40\n"

/** An endless recursion of three functions after a failure in one of them. */
static struct outcome_facts endless(struct stack *named,
                                    struct outcome_injection *failure, size_t frames) {
    static struct stack failed;
    read_stack(&failed, "report|tree|tree.c:41\ngrow|tree|tree.c:30\n");
    *failure =
        (struct outcome_injection){"malloc", 24, NULL, failed.frames, failed.count};
    struct outcome_facts facts =
        deep("vsnprintf|libc.so.6\n", ENDLESS, "main|tree|tree.c:50\n", frames, named);
    facts.injection = failure;
    return facts;
}

START_TEST(an_endless_recursion_is_named_from_where_it_failed) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 130952);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    ck_assert_str_eq(verdict.explanation,
                     "report() and 2 more functions call each other without end: 43,650 "
                     "times report → add_node → grow, after malloc(24) failed at "
                     "tree.c:41");
}
END_TEST

START_TEST(an_endless_recursion_is_named_alike_wherever_it_was_cut_off) {
    struct stack named;
    struct outcome_verdict first, other;
    struct outcome_facts facts = deep("", ENDLESS, "", 9000, &named);
    outcome_judge(&facts, &first);
    facts =
        deep("", "add_node|tree|tree.c:20\nreport|tree|tree.c:40\ngrow|tree|tree.c:30\n",
             "", 9000, &named);
    outcome_judge(&facts, &other);
    ck_assert_str_eq(first.explanation, other.explanation);
    ck_assert_str_eq(first.explanation,
                     "add_node() and 2 more functions call each other without end: 3,000 "
                     "times add_node → grow → report");
}
END_TEST

START_TEST(a_recursion_that_has_not_come_to_its_end_yet_is_one) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 130952);
    facts.signal = 0;
    facts.timed_out = true;
    facts.same_in_a_row = 5000;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_CRASHED);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    facts = endless(&named, &failure, 2 + 3 * 999);
    facts.signal = 0;
    facts.timed_out = true;
    facts.same_in_a_row = 5000;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_SPINNING);
}
END_TEST

START_TEST(a_call_inlined_into_itself_is_named_once) {
    struct stack named;
    struct outcome_facts facts =
        deep("", "inner|t|t.c:9\ninner|t|t.c:9\nouter|t|t.c:4\nouter|t|t.c:4\n", "", 8000,
             &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_str_eq(verdict.explanation,
                     "inner() and 1 more function call each other without end: 2,000 "
                     "times inner → outer");
}
END_TEST

START_TEST(a_cycle_beyond_the_named_frames_is_no_riddle) {
    struct outcome_frame *frames = calloc(2, sizeof(frames[0]));
    ck_assert_ptr_nonnull(frames);
    frames[1] = (struct outcome_frame){"report", "tree", "tree.c", 40, 0};
    struct outcome_facts facts = {
        .signal = SIGSEGV,
        .code = 1,
        .frames = frames,
        .count = 2,
        .total = 200000,
        .cycle = {0, 5, 40000},
        .abort_message = "",
        .last_words = "",
    };
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    ck_assert_str_eq(verdict.explanation, "the stack ran out at tree.c:40 in report()");
    free(frames);
}
END_TEST

START_TEST(a_function_that_calls_itself_is_said_to) {
    struct stack named;
    struct outcome_facts facts = deep("", "report|tree|tree.c:40\n", "", 5000, &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    ck_assert_str_eq(verdict.explanation,
                     "report() calls itself without end: 5,000 times report");
}
END_TEST

START_TEST(a_long_cycle_is_cut_short) {
    struct stack named;
    struct outcome_facts facts = deep(
        "",
        "h|t|t.c:8\ng|t|t.c:7\nf|t|t.c:6\ne|t|t.c:5\nd|t|t.c:4\nc|t|t.c:3\nb|t|t.c:2\n"
        "a|t|t.c:1\n",
        "", 16000, &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_str_eq(verdict.explanation,
                     "a() and 7 more functions call each other without end: 2,000 times "
                     "a → b → c → d → e → f → g → …");
}
END_TEST

START_TEST(a_null_at_the_end_of_an_honest_recursion_is_a_null) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 9001);
    ck_assert_uint_ge(facts.cycle.repeats, 1000);
    facts.address_known = true;
    facts.address = 8;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_NULL_DEREFERENCE);
    facts.address = CRASH_FREED_FILL;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_USE_AFTER_FREE);
}
END_TEST

START_TEST(an_honest_recursion_is_no_overflow) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 2 + 3 * 999);
    ck_assert_uint_eq(facts.cycle.repeats, 999);
    facts.address_known = true;
    facts.address = 0x123456789000;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_WILD_POINTER);
    facts = endless(&named, &failure, 2 + 3 * 1000);
    facts.address_known = true;
    facts.address = 0x123456789000;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
}
END_TEST

/** As jq(1) in its tests: deep data, and a jump to an address that never was set. */
START_TEST(a_wild_pointer_at_the_end_of_a_deep_recursion_is_no_overflow) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 2 + 3 * 2000);
    facts.sp = 0x7ffd1000f000;
    facts.stack_low = 0x7ffd10000000;
    facts.stack_high = 0x7ffd10800000;
    facts.address_known = true;
    facts.address = 0x6161616161616161;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_WILD_POINTER);
    facts.sp = facts.stack_low + 8;
    facts.address = facts.stack_low - 8;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
}
END_TEST

START_TEST(a_sentence_too_long_is_cut_in_front_of_a_character) {
    static char lines[8][200];
    char middle[2000] = "";
    for (size_t i = 0; i < 8; i++) {
        size_t length = 80 + (size_t)_i + i;
        memset(lines[i], 'a' + (int)i, length);
        strcpy(lines[i] + length, "|t\n");
        strcat(middle, lines[i]);
    }
    struct stack named;
    struct outcome_facts facts = deep("", middle, "", 16000, &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    size_t length = strlen(verdict.explanation);
    ck_assert_uint_lt(length, sizeof(verdict.explanation));
    ck_assert_uint_gt(length, sizeof(verdict.explanation) - 10);
    ck_assert_str_eq(verdict.explanation + length - 3, "...");
    // Every character but the last dots' is a letter or the whole of an arrow.
    const char *arrow = verdict.explanation;
    while ((arrow = strpbrk(arrow, "\xe2\x86\x92"))) {
        ck_assert_int_eq(strncmp(arrow, "→", strlen("→")), 0);
        arrow += strlen("→");
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("recursion");
    TCase *test = tcase_create("recursion");
    tcase_add_test(test, the_article_s_malloc_with_puts_inside);
    tcase_add_test(test, the_article_s_calloc_that_zeroes_a_null);
    tcase_add_test(test, an_endless_recursion_is_named_from_where_it_failed);
    tcase_add_test(test, an_endless_recursion_is_named_alike_wherever_it_was_cut_off);
    tcase_add_test(test, a_recursion_that_has_not_come_to_its_end_yet_is_one);
    tcase_add_test(test, a_call_inlined_into_itself_is_named_once);
    tcase_add_test(test, a_cycle_beyond_the_named_frames_is_no_riddle);
    tcase_add_test(test, a_function_that_calls_itself_is_said_to);
    tcase_add_test(test, a_long_cycle_is_cut_short);
    tcase_add_test(test, a_null_at_the_end_of_an_honest_recursion_is_a_null);
    tcase_add_test(test, an_honest_recursion_is_no_overflow);
    tcase_add_test(test, a_wild_pointer_at_the_end_of_a_deep_recursion_is_no_overflow);
    tcase_add_loop_test(test, a_sentence_too_long_is_cut_in_front_of_a_character, 0, 8);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
